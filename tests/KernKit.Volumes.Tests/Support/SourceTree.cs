using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KernKit.Volumes.Tests;

/// <summary>A tree to be made into an image: contents as files, and a specification of everything else, so that
/// nobody need be root.</summary>
internal sealed class SourceTree
{
    private readonly SortedDictionary<string, ExpectedEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _contents = [];
    private readonly Random _random = new(4711);

    public SourceTree() => Directory("");

    public Manifest Manifest(string format) => new(format, _entries.Values.Select(WithLinks));

    /// <summary>A tree with files around each boundary of blocks and fragments, links, devices, and odd names,
    /// modes, owners and times.</summary>
    public static SourceTree Varied()
    {
        var tree = new SourceTree();
        tree.Directory("sizes");
        foreach (var edge in (int[])[0, 1, 512, 1024, 4096, 8192, 16384, 32768, 65536, 12 * 4096, 12 * 8192])
        {
            for (var size = Math.Max(0, edge - 1); size <= edge + 1; size++)
            {
                tree.Content($"sizes/f{size}", size);
            }
        }

        tree.Content("sizes/large", (12 * 65536) + 12345);
        tree.Content("sizes/double", 2_300_000);
        tree.Directory("names");
        foreach (var name in (string[])["a", ".hidden", "...", " lead", "trail ", "tab\there", "new\nline",
            "back\\slash", "*?[]", "#x", "日本語", new string('x', 255)])
        {
            tree.Content("names/" + name, 5);
        }

        tree.Directory("many");
        for (var i = 0; i < 150; i++)
        {
            tree.Empty($"many/entry-{i:d5}-{new string('n', i % 40)}");
        }

        tree.Directory("links");
        foreach (var length in (int[])[1, 59, 60, 61, 119, 120, 121, 500, 1023])
        {
            tree.Link($"links/l{length}", new string('t', length));
        }

        tree.Directory("special");
        tree.Node("special/null", "chr", new DeviceNumber(1, 3));
        tree.Node("special/disk", "blk", new DeviceNumber(8, 17));
        tree.Node("special/big", "chr", new DeviceNumber(300, 70000));
        tree.Node("special/fifo", "fifo", null);
        var deep = "deep";
        for (var i = 0; i < 30; i++)
        {
            tree.Directory(deep);
            tree.Content(deep + "/leaf", i * 100);
            deep += "/d" + i;
        }

        return tree;
    }

    public void Directory(string path) => Add(path, "dir", null, null);

    public void Empty(string path) => Add(path, "file", 0, SHA256.HashData([]));

    public void Content(string path, int size)
    {
        var bytes = new byte[size];
        _random.NextBytes(bytes);
        _contents[path] = bytes;
        Add(path, "file", size, SHA256.HashData(bytes));
    }

    public void Link(string path, string target)
    {
        Add(path, "symlink", null, null);
        _entries[path] = _entries[path] with { Target = Encoding.UTF8.GetBytes(target), Mode = 0x1ff };
    }

    public void Node(string path, string type, DeviceNumber? device)
    {
        Add(path, type, null, null);
        _entries[path] = _entries[path] with { Device = device };
    }

    /// <summary>Makes an image of the tree with makefs.</summary>
    public byte[] Make(params string[] options)
    {
        using var directory = new TemporaryDirectory();
        var root = directory.File("tree");
        System.IO.Directory.CreateDirectory(root);
        foreach (var (path, content) in _contents)
        {
            var file = Path.Combine(root, path);
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }

        var specification = directory.File("spec");
        File.WriteAllText(specification, string.Concat(_entries.Values.Select(Line)));
        var image = directory.File("image");
        Tool.Run("makefs", ["-t", "ffs", "-F", specification, .. options, image, root]);
        return File.ReadAllBytes(image);
    }

    private void Add(string path, string type, long? size, byte[]? digest)
    {
        _entries[path] = new ExpectedEntry(Encoding.UTF8.GetBytes(path), type)
        {
            Mode = (ushort)_random.Next(0x1000),
            UserId = (uint)_random.NextInt64(1L << 32),
            GroupId = (uint)_random.NextInt64(1L << 32),
            // makefs as Linux systems have it keeps whole seconds only.
            ModifiedNanoseconds = (Int128)_random.NextInt64(1, 1L << 31) * 1_000_000_000,
            Size = size,
            Sha256 = digest is null ? null : Convert.ToHexStringLower(digest),
        };
    }

    private ExpectedEntry WithLinks(ExpectedEntry entry)
    {
        if (entry.Type != "dir")
        {
            return entry with { LinkCount = 1 };
        }

        var path = Encoding.UTF8.GetString(entry.Path);
        var below = path.Length == 0 ? "" : path + "/";
        var directories = _entries.Values.Count(other => other.Type == "dir" && other.Path.Length > below.Length
            && Encoding.UTF8.GetString(other.Path) is var name && name.StartsWith(below, StringComparison.Ordinal)
            && !name[below.Length..].Contains('/', StringComparison.Ordinal));
        return entry with { LinkCount = (uint)(2 + directories) };
    }

    private static string Line(ExpectedEntry entry)
    {
        var path = new StringBuilder(entry.Path.Length == 0 ? "." : "./");
        foreach (var octet in entry.Path)
        {
            path.Append(char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'/' or (byte)'.' or (byte)'-'
                ? ((char)octet).ToString()
                : "\\" + Convert.ToString(octet, 8).PadLeft(3, '0'));
        }

        var type = entry.Type switch { "symlink" => "link", "chr" => "char", "blk" => "block", _ => entry.Type };
        var time = entry.ModifiedNanoseconds!.Value;
        path.Append(CultureInfo.InvariantCulture, $" type={type} uid={entry.UserId} gid={entry.GroupId}");
        path.Append(CultureInfo.InvariantCulture, $" mode={Convert.ToString(entry.Mode, 8)}");
        path.Append(CultureInfo.InvariantCulture, $" time={time / 1_000_000_000}.{(int)(time % 1_000_000_000):d9}");
        if (entry.Target is { } target)
        {
            path.Append(CultureInfo.InvariantCulture, $" link={Encoding.UTF8.GetString(target)}");
        }

        if (entry.Device is { } device)
        {
            var number = ((ulong)device.Major << 8) | (device.Minor & 0xff) | ((ulong)(device.Minor & ~0xffu) << 12);
            path.Append(CultureInfo.InvariantCulture, $" device=0x{number:x}");
        }

        return path.Append('\n').ToString();
    }
}

using System.Globalization;
using System.Text.Json;

namespace KernKit.Command.Tests;

/// <summary>The command on images that other software made.</summary>
public sealed class GivenImageTests
{
    // Describes a tree of this system as the manifests do.
    private const string DescribeTree = """
        import hashlib, json, os, stat, sys
        root = os.fsencode(sys.argv[1])
        def text(b):
            try: return b.decode('utf-8')
            except UnicodeDecodeError: return None
        def one(full, rel):
            st = os.lstat(full); m = st.st_mode
            e = {'path': text(rel), 'mode': '%04o' % stat.S_IMODE(m), 'uid': st.st_uid, 'gid': st.st_gid,
                 'mtime_ns': st.st_mtime_ns, 'nlink': st.st_nlink}
            if e['path'] is None: e['path_hex'] = rel.hex()
            if stat.S_ISDIR(m): e['type'] = 'dir'
            elif stat.S_ISLNK(m): e['type'] = 'symlink'; e['target'] = text(os.readlink(full))
            elif stat.S_ISREG(m):
                e['type'] = 'file'; e['size'] = st.st_size
                e['sha256'] = hashlib.sha256(open(full, 'rb').read()).hexdigest()
            else:
                kinds = {stat.S_IFIFO: 'fifo', stat.S_IFCHR: 'chr', stat.S_IFBLK: 'blk', stat.S_IFSOCK: 'sock'}
                e['type'] = kinds[stat.S_IFMT(m)]
                if e['type'] in ('chr', 'blk'): e['rdev'] = [os.major(st.st_rdev), os.minor(st.st_rdev)]
            print(json.dumps(e, separators=(',', ':')))
        one(root, b'')
        for base, dirs, files in os.walk(root):
            for name in dirs + files:
                full = os.path.join(base, name)
                one(full, os.path.relpath(full, root))
        """;

    public static TheoryData<string> Images => [.. GivenImages.Names()];

    [Theory]
    [MemberData(nameof(Images))]
    public void Ls_shows_every_entry_with_every_field_of_the_manifest(string name)
    {
        using var directory = new TemporaryDirectory();
        var image = GivenImages.Unpack(name, directory);

        var run = CommandRun.Of("ls", "-R", "--json", "--digest", "sha256", image);

        Assert.Equal((0, ""), (run.Status, run.Error));
        Compare(GivenImages.Manifest(name), [.. run.Lines.Select(line => JsonDocument.Parse(line).RootElement)]);
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void An_extracted_tree_has_every_field_of_the_manifest(string name)
    {
        Assert.True(Environment.IsPrivilegedProcess, "run the tests as root");
        using var directory = new TemporaryDirectory();
        var image = GivenImages.Unpack(name, directory);

        var run = CommandRun.Of("extract", image, "--to", directory["out"]);

        Assert.Equal((0, ""), (run.Status, run.Error));
        Compare(GivenImages.Manifest(name), Describe(directory["out"]));
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void An_archive_that_gnu_tar_unpacks_has_every_field_of_the_manifest(string name)
    {
        Assert.True(Environment.IsPrivilegedProcess, "run the tests as root");
        using var directory = new TemporaryDirectory();
        var image = GivenImages.Unpack(name, directory);
        Directory.CreateDirectory(directory["out"]);

        Assert.Equal(0, CommandRun.Of("extract", image, "--to", directory["x.tar"]).Status);
        Programs.Output("tar", "--same-owner", "-xpf", directory["x.tar"], "-C", directory["out"]);

        Compare(GivenImages.Manifest(name), Describe(directory["out"]));
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Mtree_and_bsdtar_accept_the_specification_of_an_extracted_tree(string name)
    {
        Assert.True(Environment.IsPrivilegedProcess, "run the tests as root");
        using var directory = new TemporaryDirectory();
        var image = GivenImages.Unpack(name, directory);
        Assert.Equal(0, CommandRun.Of("extract", image, "--to", directory["out"]).Status);

        var run = CommandRun.Of("mtree", "--digest", "sha256", image);
        File.WriteAllBytes(directory["mtree"], run.Output);
        var (status, differences, error) = Programs.Run("mtree", "-f", directory["mtree"], "-p", directory["out"]);
        var listed = Programs.Output("bsdtar", "-tf", directory["mtree"]);

        Assert.True(status == 0, differences + error);
        Assert.Equal(
            GivenImages.Manifest(name).Count, listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Without_root_everything_but_owners_and_devices_is_extracted(string name)
    {
        Assert.True(Environment.IsPrivilegedProcess, "this test gives up root: run the tests as root");
        using var directory = new TemporaryDirectory();
        var image = GivenImages.Unpack(name, directory);
        // Another user may not be able to look into the folder of this build.
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*"))
        {
            File.Copy(file, directory[Path.GetFileName(file)]);
        }

        Directory.CreateDirectory(directory["there"]);
        Programs.Output("chmod", "755", directory.Path);
        Programs.Output("chown", "-R", "65534:65534", directory.Path);
        var expected = GivenImages.Manifest(name).Where(
            entry => entry.GetProperty("type").GetString() is not ("chr" or "blk"));

        foreach (var target in new[] { "new", "there" })
        {
            var (status, _, error) = Programs.Run(
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                directory["kern"], "extract", image, "--to", directory[target]);

            Assert.True(status == 0, error);
            Assert.Contains("owners of ", error, StringComparison.Ordinal);
            Assert.Contains("3 devices were left out", error, StringComparison.Ordinal);
            // A directory that was there keeps its own mode and time.
            var rootsOwn = target == "new" ? 0 : 1;
            Compare([.. expected.Skip(rootsOwn)], [.. Describe(directory[target]).Skip(rootsOwn)], isRoot: false);
        }
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Check_finds_no_damage(string name)
    {
        using var directory = new TemporaryDirectory();

        var run = CommandRun.Of("check", GivenImages.Unpack(name, directory));

        Assert.True(run.Status == 0, run.Text + run.Error);
    }

    private static List<JsonElement> Describe(string root)
    {
        var lines = Programs.Output("python3", "-c", DescribeTree, root).Split(
            '\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement)
            .OrderBy(GivenImages.PathOf, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];
    }

    private static void Compare(List<JsonElement> expected, List<JsonElement> actual, bool isRoot = true)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            foreach (var property in expected[i].EnumerateObject())
            {
                if (!IsComparable(expected[i], property.Name, isRoot))
                {
                    continue;
                }

                var value = actual[i].TryGetProperty(property.Name, out var found) ? found.ToString() : "absent";
                var wanted = property.Value.ToString().Replace(
                    " ", property.Name == "rdev" ? "" : " ", StringComparison.Ordinal);
                if (property.Name == "mtime_ns")
                {
                    // The manifests describe the trees; both makers of images keep whole seconds of them and write 0
                    // beside.
                    wanted = WholeSeconds(wanted);
                }

                if (property.Name == "mode" && !isRoot)
                {
                    // Without the owner there is no set-uid and set-gid.
                    wanted = (int.Parse(wanted) / 1000 % 2) + wanted[1..];
                }

                Assert.True(
                    wanted == value || (wanted == "sock" && value == "socket"),
                    $"{expected[i].GetProperty("path")}: {property.Name}: {value}, must be {wanted}");
            }
        }
    }

    private static string WholeSeconds(string nanoseconds)
    {
        var total = long.Parse(nanoseconds, CultureInfo.InvariantCulture);
        return (total - (((total % 1_000_000_000) + 1_000_000_000) % 1_000_000_000)).ToString(
            CultureInfo.InvariantCulture);
    }

    /// <summary>How a directory counts its links is the file system's own affair.</summary>
    private static bool IsComparable(JsonElement entry, string property, bool isRoot) => property switch
    {
        "link_group" => false,
        "nlink" => entry.GetProperty("type").GetString() != "dir",
        "uid" or "gid" => isRoot,
        _ => true,
    };
}

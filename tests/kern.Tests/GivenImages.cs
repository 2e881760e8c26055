using System.Text.Json;
using ZstdSharp;

namespace KernKit.Command.Tests;

/// <summary>
/// The images of tests/images that have a manifest: made by software that is not ours, each with what must be in it.
/// </summary>
internal static class GivenImages
{
    private static string Folder
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "KernKit.slnx")))
            {
                folder = Path.GetDirectoryName(folder)
                    ?? throw new InvalidOperationException("not inside the repository");
            }

            return Path.Combine(folder, "tests", "images");
        }
    }

    /// <summary>The images' names.</summary>
    public static IEnumerable<string> Names()
    {
        foreach (var path in Directory.EnumerateFiles(Folder, "*.manifest.json.zst").Order(StringComparer.Ordinal))
        {
            yield return Path.GetFileName(path)[..^".manifest.json.zst".Length];
        }
    }

    /// <summary>Unpacks an image.</summary>
    public static string Unpack(string name, TemporaryDirectory directory)
    {
        var path = directory[name + ".img"];
        File.WriteAllBytes(path, Read(name + ".img.zst"));
        return path;
    }

    /// <summary>The entries that an image must have, in the order of their paths.</summary>
    public static List<JsonElement> Manifest(string name) =>
        [.. JsonDocument.Parse(Read(name + ".manifest.json.zst")).RootElement.GetProperty("entries").EnumerateArray()
            .OrderBy(PathOf, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];

    /// <summary>The path of an entry as bytes.</summary>
    public static byte[] PathOf(JsonElement entry) => entry.GetProperty("path").ValueKind == JsonValueKind.Null
        ? Convert.FromHexString(entry.GetProperty("path_hex").GetString()!)
        : System.Text.Encoding.UTF8.GetBytes(entry.GetProperty("path").GetString()!);

    private static byte[] Read(string file)
    {
        using var packed = File.OpenRead(Path.Combine(Folder, file));
        using var unpacked = new DecompressionStream(packed);
        using var bytes = new MemoryStream();
        unpacked.CopyTo(bytes);
        return bytes.ToArray();
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KernKit.Volumes.Tests;

/// <summary>The entries that an image is known to hold.</summary>
public sealed class Manifest
{
    private static readonly ConcurrentDictionary<string, Lazy<Manifest>> _read = new();

    public Manifest(string format, IEnumerable<ExpectedEntry> entries)
    {
        Format = format;
        Entries = [.. entries];
        Array.Sort(Entries, static (a, b) => a.Path.AsSpan().SequenceCompareTo(b.Path));
    }

    public string Format { get; }

    /// <summary>In bytewise order of paths.</summary>
    public ExpectedEntry[] Entries { get; }

    public static Manifest Of(string image) =>
        _read.GetOrAdd(image, static key => new Lazy<Manifest>(() => Read(key))).Value;

    private static Manifest Read(string image)
    {
        using var json = JsonDocument.Parse(TestImage.Unpack(image + ".manifest.json.zst"));
        var root = json.RootElement;
        return new Manifest(root.GetProperty("format").GetString()!,
            root.GetProperty("entries").EnumerateArray().Select(Entry));
    }

    /// <summary>The makers of these images, built for Linux, kept no fractions of seconds.</summary>
    private static Int128 WholeSeconds(Int128 nanoseconds)
    {
        var rest = nanoseconds % 1_000_000_000;
        return nanoseconds - (rest < 0 ? rest + 1_000_000_000 : rest);
    }

    private static ExpectedEntry Entry(JsonElement json)
    {
        var path = json.GetProperty("path").GetString();
        var bytes = path is null
            ? Convert.FromHexString(json.GetProperty("path_hex").GetString()!)
            : Encoding.UTF8.GetBytes(path);
        return new ExpectedEntry(bytes, json.GetProperty("type").GetString()!)
        {
            Mode = Convert.ToUInt16(json.GetProperty("mode").GetString(), 8),
            UserId = json.GetProperty("uid").GetUInt32(),
            GroupId = json.GetProperty("gid").GetUInt32(),
            ModifiedNanoseconds = WholeSeconds(
                Int128.Parse(json.GetProperty("mtime_ns").GetRawText(), CultureInfo.InvariantCulture)),
            LinkCount = json.GetProperty("nlink").GetUInt32(),
            Size = json.TryGetProperty("size", out var size) ? size.GetInt64() : null,
            Sha256 = json.TryGetProperty("sha256", out var digest) ? digest.GetString() : null,
            Target = json.TryGetProperty("target", out var target) ? Encoding.UTF8.GetBytes(target.GetString()!) : null,
            Device = json.TryGetProperty("rdev", out var device)
                ? new DeviceNumber(device[0].GetUInt32(), device[1].GetUInt32())
                : null,
            LinkGroup = json.TryGetProperty("link_group", out var group) ? group.GetInt32() : 0,
        };
    }
}

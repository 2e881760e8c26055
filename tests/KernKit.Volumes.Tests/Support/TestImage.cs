using System.Collections.Concurrent;

namespace KernKit.Volumes.Tests;

/// <summary>The images of tests/images, unpacked once; nobody may write to them.</summary>
internal static class TestImage
{
    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> _unpacked = new();

    public static byte[] Bytes(string name) =>
        _unpacked.GetOrAdd(name, static key => new Lazy<byte[]>(() => Unpack(key + ".img.zst"))).Value;

    public static MemoryDevice Device(string name) => new(Bytes(name), name);

    public static byte[] Unpack(string file)
    {
        using var packed = File.OpenRead(Repository.Image(file));
        using var stream = new ZstdSharp.DecompressionStream(packed);
        using var result = new MemoryStream();
        stream.CopyTo(result);
        return result.ToArray();
    }
}

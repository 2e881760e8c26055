using KernKit.Layout.Compiler.Decode;
using Xunit;
using ZstdSharp;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>A packed image of tests/images in memory: only the pages that hold something.</summary>
/// <remarks>
/// h1-metadata-*: made by DragonFly's HAMMER code; of these copies the file data is zeroed, the UNDO FIFO behind its
/// first 128 KB too, and the zeros at the end are cut off. h2-*.head: made by DragonFly's HAMMER2 code, whole but for
/// the zeros at the end. *.mirror: what HAMMERIOC_MIRROR_READ gave.
/// </remarks>
internal sealed class SparseImage : ILayoutSource
{
    private const int PageBytes = 1 << 16;
    private readonly Dictionary<long, byte[]> _pages = [];

    private SparseImage()
    {
    }

    public long Length { get; private set; }

    public static SparseImage Open(string name)
    {
        var image = new SparseImage();
        using FileStream packed = File.OpenRead(Path.Combine(Schemas.Root, "tests", "images", name + ".zst"));
        using var unpacked = new DecompressionStream(packed);
        byte[] page = new byte[PageBytes];
        for (long number = 0; ; number++)
        {
            int read = unpacked.ReadAtLeast(page, PageBytes, throwOnEndOfStream: false);
            image.Length += read;
            if (page.AsSpan(0, read).IndexOfAnyExcept((byte)0) >= 0)
            {
                image._pages[number] = [.. page.AsSpan(0, read)];
            }

            if (read < PageBytes)
            {
                return image;
            }
        }
    }

    public void Read(long offset, Span<byte> target)
    {
        Assert.InRange(offset, 0, Length - target.Length);
        while (target.Length > 0)
        {
            int inPage = (int)(offset % PageBytes);
            int taken = Math.Min(target.Length, PageBytes - inPage);
            if (_pages.TryGetValue(offset / PageBytes, out byte[]? page))
            {
                page.AsSpan(inPage, taken).CopyTo(target);
            }
            else
            {
                target[..taken].Clear();
            }

            target = target[taken..];
            offset += taken;
        }
    }

    public byte[] Read(long offset, int length)
    {
        byte[] bytes = new byte[length];
        Read(offset, bytes);
        return bytes;
    }
}

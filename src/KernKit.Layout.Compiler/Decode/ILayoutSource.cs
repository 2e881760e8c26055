namespace KernKit.Layout.Compiler.Decode;

/// <summary>Bytes that are decoded: a file, a device, a buffer.</summary>
public interface ILayoutSource
{
    /// <summary>How many bytes there are.</summary>
    long Length { get; }

    /// <summary>Fills a span from an offset; the decoder asks only for what lies below <see cref="Length"/>.</summary>
    /// <param name="offset">0 or more.</param>
    /// <param name="target">Filled completely.</param>
    void Read(long offset, Span<byte> target);
}

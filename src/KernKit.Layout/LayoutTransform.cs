using System.Buffers.Binary;
using System.IO.Compression;
using K4os.Compression.LZ4;

namespace KernKit.Layout;

/// <summary>Undoes the transforms that the clause <c>transform</c> of a schema names.</summary>
/// <remarks>
/// The caller gives the memory, so a stored length can make nobody allocate; nothing is written behind it.
/// </remarks>
public static class LayoutTransform
{
    /// <summary>Bytes of one result.</summary>
    public const int LengthMax = 64 << 20;

    /// <summary>How many times longer than the stored bytes a result may be.</summary>
    public const int RatioMax = 1_000;

    /// <summary>Decodes stored bytes.</summary>
    /// <param name="kind">How they are stored.</param>
    /// <param name="stored">The bytes, which may be anything.</param>
    /// <param name="target">Where the result goes; its length is the most that is decoded.</param>
    /// <param name="key">The key of <see cref="LayoutTransformKind.Xor"/>, 1 byte or more; otherwise empty.</param>
    /// <param name="written">Bytes of the result.</param>
    /// <returns>What came of it.</returns>
    public static LayoutTransformResult TryDecode(
        LayoutTransformKind kind, ReadOnlySpan<byte> stored, Span<byte> target, ReadOnlySpan<byte> key, out int written)
    {
        written = 0;
        long most = Math.Min(target.Length, Math.Max(4096, stored.Length * (long)RatioMax));
        Span<byte> room = target[..(int)Math.Min(most, LengthMax)];
        switch (kind)
        {
            case LayoutTransformKind.None:
                return Copy(stored, room, default, out written);
            case LayoutTransformKind.Xor when key.Length > 0:
                return Copy(stored, room, key, out written);
            case LayoutTransformKind.Lz4:
                return Lz4(stored, room, out written);
            case LayoutTransformKind.Lz4Prefixed:
                if (stored.Length < sizeof(int))
                {
                    return LayoutTransformResult.Damaged;
                }

                int length = BinaryPrimitives.ReadInt32LittleEndian(stored);
                return length < 1 || length > stored.Length - sizeof(int)
                    ? LayoutTransformResult.Damaged
                    : Lz4(stored.Slice(sizeof(int), length), room, out written);
            case LayoutTransformKind.Zlib or LayoutTransformKind.Deflate:
                return Inflate(kind, stored, room, out written);
            default:
                return LayoutTransformResult.Unknown;
        }
    }

    private static LayoutTransformResult Copy(
        ReadOnlySpan<byte> stored, Span<byte> room, ReadOnlySpan<byte> key, out int written)
    {
        written = 0;
        if (stored.Length > room.Length)
        {
            return LayoutTransformResult.TooLarge;
        }

        stored.CopyTo(room);
        for (int i = 0; key.Length > 0 && i < stored.Length; i++)
        {
            room[i] ^= key[i % key.Length];
        }

        written = stored.Length;
        return LayoutTransformResult.Done;
    }

    private static LayoutTransformResult Lz4(ReadOnlySpan<byte> stored, Span<byte> room, out int written)
    {
        // The codec checks every copy; a negative count says damage or too little room, which it cannot tell apart.
        written = Math.Max(0, LZ4Codec.Decode(stored, room));
        return written > 0 ? LayoutTransformResult.Done : LayoutTransformResult.Damaged;
    }

    private static LayoutTransformResult Inflate(
        LayoutTransformKind kind, ReadOnlySpan<byte> stored, Span<byte> room, out int written)
    {
        written = 0;
        try
        {
            using var source = new MemoryStream(stored.ToArray(), writable: false);
            using Stream stream = kind == LayoutTransformKind.Zlib
                ? new ZLibStream(source, CompressionMode.Decompress)
                : new DeflateStream(source, CompressionMode.Decompress);
            while (written < room.Length)
            {
                int read = stream.Read(room[written..]);
                if (read == 0)
                {
                    return written > 0 ? LayoutTransformResult.Done : LayoutTransformResult.Damaged;
                }

                written += read;
            }

            Span<byte> one = stackalloc byte[1];
            return stream.Read(one) == 0 ? LayoutTransformResult.Done : LayoutTransformResult.TooLarge;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // Memory cannot fail to be read; the IOException is zlib's: the stream wants a dictionary.
            return LayoutTransformResult.Damaged;
        }
    }
}

using System.Buffers.Binary;
using System.Text;

namespace KernKit.Bpf.Elf;

/// <summary>Bytes with a name, whose every reading is checked; errors say where.</summary>
internal readonly struct ByteCursor(ReadOnlyMemory<byte> bytes, string name)
{
    private const int NameBytesMax = 4096;

    public string Name => name;

    public int Length => bytes.Length;

    public ReadOnlySpan<byte> Span => bytes.Span;

    public byte U8(long at) => Part(at, 1)[0];

    public ushort U16(long at) => BinaryPrimitives.ReadUInt16LittleEndian(Part(at, 2));

    public uint U32(long at) => BinaryPrimitives.ReadUInt32LittleEndian(Part(at, 4));

    public ulong U64(long at) => BinaryPrimitives.ReadUInt64LittleEndian(Part(at, 8));

    /// <summary>A piece with a name of its own.</summary>
    public ByteCursor Slice(ulong at, ulong length, string pieceName) =>
        at <= (ulong)bytes.Length && length <= (ulong)bytes.Length - at
            ? new ByteCursor(bytes.Slice((int)at, (int)length), pieceName)
            : throw new BpfFormatException(
                $"{name}: {pieceName} is at 0x{at:x}, 0x{length:x} bytes long, of 0x{bytes.Length:x}");

    /// <summary>A string that ends with a zero byte.</summary>
    public string Text(long at)
    {
        if ((ulong)at >= (ulong)bytes.Length)
        {
            throw Outside(at, 1);
        }

        var rest = bytes.Span[(int)at..];
        var end = rest[..Math.Min(rest.Length, NameBytesMax)].IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(rest[..end])
            : throw new BpfFormatException($"{name}: offset 0x{at:x}: a string without an end");
    }

    private ReadOnlySpan<byte> Part(long at, int length) =>
        at >= 0 && at <= bytes.Length - length ? bytes.Span.Slice((int)at, length) : throw Outside(at, length);

    private BpfFormatException Outside(long at, int length) =>
        new($"{name}: offset 0x{at:x}: {length} bytes are wanted, it has 0x{bytes.Length:x}");
}

using System.Buffers.Binary;

namespace KernKit.Bpf;

/// <summary>One 8-byte slot of an eBPF program, as encoded; a 64-bit immediate takes two slots.</summary>
/// <param name="Opcode">Class, source bit and operation (RFC 9669, section 3).</param>
/// <param name="Destination">Register 0 to 15 as encoded; programs have registers 0 to 10.</param>
/// <param name="Source">Register 0 to 15 as encoded, or a selector for calls and 64-bit immediates.</param>
/// <param name="Offset">Signed offset of a jump (slots) or memory access (bytes), or a selector.</param>
/// <param name="Immediate">Signed 32-bit immediate.</param>
/// <remarks>The encoding is the little-endian one of RFC 9669, section 3.1.</remarks>
public readonly record struct Instruction(byte Opcode, byte Destination, byte Source, short Offset, int Immediate)
{
    /// <summary>Bytes of one slot: 8.</summary>
    public const int SizeBytes = 8;

    /// <summary>The opcode of 64-bit immediates, the only instructions of two slots: 0x18.</summary>
    public const byte WideOpcode = 0x18;

    /// <summary>Reads a slot.</summary>
    /// <param name="source">At least 8 bytes; shorter ones throw <see cref="ArgumentOutOfRangeException"/>.</param>
    /// <returns>The slot's fields; nothing is checked.</returns>
    public static Instruction Read(ReadOnlySpan<byte> source) => new(
        source[0],
        (byte)(source[1] & 15),
        (byte)(source[1] >> 4),
        BinaryPrimitives.ReadInt16LittleEndian(source[2..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[4..]));

    /// <summary>Writes the slot.</summary>
    /// <param name="destination">At least 8 bytes; shorter ones throw
    /// <see cref="ArgumentOutOfRangeException"/>.</param>
    public void Write(Span<byte> destination)
    {
        destination[0] = Opcode;
        destination[1] = (byte)(Destination | (Source << 4));
        BinaryPrimitives.WriteInt16LittleEndian(destination[2..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], Immediate);
    }
}

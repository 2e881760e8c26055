namespace KernKit.Bpf;

/// <summary>What a field of a context holds.</summary>
public enum ContextFieldKind
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>The address of the packet's first byte, in 4 bytes (or 8).</summary>
    PacketStart,

    /// <summary>The address behind the packet's last byte, in 4 bytes (or 8).</summary>
    PacketEnd,

    /// <summary>The address of what precedes the packet, in 4 bytes; as much is readable as lies before it.</summary>
    PacketMeta,
}

/// <summary>One field of a program type's context structure.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Offset">Bytes from the context's beginning.</param>
/// <param name="SizeBytes">1, 2, 4 or 8; an array of numbers may be longer.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="IsWritable">Whether programs may store to it.</param>
public sealed record ContextField(
    string Name, int Offset, int SizeBytes, ContextFieldKind Kind = ContextFieldKind.Number, bool IsWritable = false);

namespace KernKit.Layout;

/// <summary>The order of the bytes of an integer, as a value known only at run time.</summary>
/// <remarks>
/// Generated views are specialised by a type parameter instead; this is what a format's detection returns, so that
/// one <c>switch</c> at the top of an algorithm picks the specialisation.
/// </remarks>
public enum ByteOrder
{
    /// <summary>The least significant byte comes first (x86, ARM64, RISC-V).</summary>
    LittleEndian,

    /// <summary>The most significant byte comes first (s390x, SPARC, the network).</summary>
    BigEndian,
}

namespace KernKit.Layout;

/// <summary>The algorithms that the clause <c>check</c> of a schema can name.</summary>
public enum LayoutCheckAlgorithm
{
    /// <summary>No algorithm that is known: what it protects stays unchecked.</summary>
    Unknown,

    /// <summary>The format states that nothing is checked.</summary>
    None,

    /// <summary>CRC-32 of IEEE 802.3 and zlib: reflected 0x04c11db7, inverted before and after.</summary>
    Crc32,

    /// <summary>CRC-32C of RFC 3720 (iSCSI): reflected 0x1edc6f41, inverted before and after.</summary>
    Crc32C,

    /// <summary>CRC-32C from all ones, not inverted at the end, as FreeBSD's file systems use it.</summary>
    Crc32CRaw,

    /// <summary>xxHash64, of the seed 0 if none is stated.</summary>
    XxHash64,

    /// <summary>SHA-256 of FIPS 180-4, perhaps cut to its first bytes.</summary>
    Sha256,

    /// <summary>SHA-256 whose last bytes, those that do not fit, are xored onto the last ones that do: HAMMER2's
    /// SHA-192 has 24 bytes, 16 are half of it folded onto the other half.</summary>
    Sha256Folded,

    /// <summary>Adler-32 of RFC 1950.</summary>
    Adler32,

    /// <summary>Fletcher's sums of bytes modulo 255, the second sum in the high half.</summary>
    Fletcher16,

    /// <summary>
    /// Fletcher's sums of little-endian 16-bit words modulo 65535; an odd byte is filled up with zero.
    /// </summary>
    Fletcher32,

    /// <summary>Fletcher's sums of little-endian 32-bit words modulo 2^32 - 1, filled up with zeros.</summary>
    Fletcher64,

    /// <summary>The one's complement sum of RFC 1071 over big-endian 16-bit words.</summary>
    Internet,

    /// <summary>The exclusive or of little-endian 16-bit words, as BSD disklabels use it.</summary>
    Xor16,
}

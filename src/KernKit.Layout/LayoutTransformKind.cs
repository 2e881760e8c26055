namespace KernKit.Layout;

/// <summary>How stored bytes become the bytes that they stand for.</summary>
public enum LayoutTransformKind
{
    /// <summary>A way that nobody here knows; nothing is decoded.</summary>
    Unknown,

    /// <summary>They are stored as they are.</summary>
    None,

    /// <summary>One raw LZ4 block that fills the stored bytes.</summary>
    Lz4,

    /// <summary>A 32-bit little-endian length, then a raw LZ4 block of that length; what follows is slack.</summary>
    Lz4Prefixed,

    /// <summary>A zlib stream (RFC 1950); what follows it is slack.</summary>
    Zlib,

    /// <summary>A raw deflate stream (RFC 1951); what follows it is slack.</summary>
    Deflate,

    /// <summary>Each byte exclusive-or the bytes of a key, which repeats.</summary>
    Xor,
}

namespace KernKit.Layout;

/// <summary>What reading a record from data that arrives in pieces came to.</summary>
public enum LayoutReadStatus
{
    /// <summary>A record was read and taken off the buffer.</summary>
    Read,

    /// <summary>Nothing was taken: more bytes are needed, at least as many as are told.</summary>
    NeedMore,

    /// <summary>Nothing was taken: no further bytes would make this a record.</summary>
    Invalid,

    /// <summary>Nothing was taken: the record lies in several segments and is longer than the scratch memory.</summary>
    TooLarge,
}

namespace KernKit.Bpf.Verify;

/// <summary>How long ways are kept apart before they are joined.</summary>
internal enum Patience
{
    /// <summary>Long enough for the ways of a few conditions; loops are joined at once.</summary>
    None,

    /// <summary>As the options say.</summary>
    Some,

    /// <summary>As long as the limits allow.</summary>
    Most,
}

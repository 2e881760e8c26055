namespace KernKit.Layout;

/// <summary>What verifying a check came to.</summary>
public enum LayoutCheckResult
{
    /// <summary>Nobody can tell: the algorithm is unknown. Never to be counted as good.</summary>
    Unchecked,

    /// <summary>The stored value is the computed one.</summary>
    Good,

    /// <summary>The stored value is another one, or the range leaves the structure.</summary>
    Bad,

    /// <summary>The format states that there is no check here.</summary>
    None,
}

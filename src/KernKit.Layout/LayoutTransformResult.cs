namespace KernKit.Layout;

/// <summary>What undoing a transform came to.</summary>
public enum LayoutTransformResult
{
    /// <summary>The target holds the bytes.</summary>
    Done,

    /// <summary>Nobody here knows the way; the target holds nothing of use.</summary>
    Unknown,

    /// <summary>The stored bytes are not what the way makes.</summary>
    Damaged,

    /// <summary>The result does not fit the target, or is over a thousand times the stored bytes.</summary>
    TooLarge,
}

namespace KernKit.Layout.Compiler.Decode;

/// <summary>A rule of the schema that the bytes break.</summary>
/// <param name="Offset">Where, in the source.</param>
/// <param name="Path">Which field; from the structure that was asked for.</param>
/// <param name="Message">What was found, and what is asked.</param>
public sealed record LayoutFinding(long Offset, string Path, string Message)
{
    /// <summary>True if this says that something was not verified, rather than that it is wrong.</summary>
    public bool IsUnchecked { get; init; }

    /// <summary><c>offset 0x1f40 (superblock.magic): 0x0, must be 0x90255</c>.</summary>
    /// <returns>One line without bytes of the source.</returns>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"offset 0x{Offset:x} ({Path}): {Message}");
}

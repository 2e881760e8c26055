namespace KernKit.Layout.Compiler;

/// <summary>What a project chooses about its generated code.</summary>
public sealed record CompileOptions
{
    /// <summary>
    /// The C# namespace of the support types; the types of a schema go into this namespace plus the schema's own.
    /// Dotted identifiers, for instance <c>KernKit.Volumes.Layouts</c>.
    /// </summary>
    public required string Namespace { get; init; }

    /// <summary>The visibility of all generated types.</summary>
    public LayoutVisibility Visibility { get; init; } = LayoutVisibility.Internal;
}

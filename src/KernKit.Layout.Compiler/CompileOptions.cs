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

    /// <summary>
    /// True to make, for each structure, a writer (<c>XWriter</c>) and a plain object (<c>class X</c>) too.
    /// </summary>
    public bool Objects { get; init; }
}

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

    /// <summary>
    /// Given the name of an output and the path of a schema, says how that path is written in a <c>#line</c> of the
    /// output: relative to it, so that clones share it. With it, errors of the C# compiler about a type or a field
    /// point into the schema, and a debugger shows the field's declaration. Null writes no <c>#line</c>.
    /// </summary>
    public Func<string, string, string>? LinePath { get; init; }

    /// <summary>Whether each structure's fields are told as text, for predicates (<c>XFieldTable.Text</c>).</summary>
    public LayoutFieldTables FieldTables { get; init; }
}

namespace KernKit.Layout.Compiler;

/// <summary>One change between two versions of a schema.</summary>
/// <param name="Where">The declaration, and the member after a dot: <c>dinode.size</c>.</param>
/// <param name="What">What changed, and what to do instead.</param>
/// <param name="Broken">Whom it breaks.</param>
public sealed record SchemaBreak(string Where, string What, SchemaBreakKinds Broken)
{
    /// <summary>One line for people.</summary>
    /// <returns>Names of the schemas and numbers only.</returns>
    public override string ToString() => $"{Where}: {What} [{Broken}]";
}

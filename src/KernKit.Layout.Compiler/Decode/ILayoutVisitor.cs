namespace KernKit.Layout.Compiler.Decode;

/// <summary>Takes what a decoder finds, in the order of the structure.</summary>
public interface ILayoutVisitor
{
    /// <summary>Takes one part.</summary>
    /// <param name="node">A structure comes before its fields.</param>
    void Visit(LayoutNode node);

    /// <summary>Takes one violation.</summary>
    /// <param name="finding">Comes behind the part that it is about.</param>
    void Report(LayoutFinding finding);
}

namespace KernKit.Layout.Compiler;

/// <summary>Whether the places of fields go into the program as text, for predicates.</summary>
public enum LayoutFieldTables
{
    /// <summary>No.</summary>
    None,

    /// <summary>Beside the views: <c>XFieldTable.Text</c>.</summary>
    Also,

    /// <summary>And nothing else but constants, so that the project needs no KernKit.Layout.</summary>
    Only,
}

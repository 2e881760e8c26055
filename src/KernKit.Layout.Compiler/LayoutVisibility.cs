namespace KernKit.Layout.Compiler;

/// <summary>Who can see the generated types.</summary>
public enum LayoutVisibility
{
    /// <summary>The assembly that compiles them: the usual choice, and the one that ReadyToRun favours.</summary>
    Internal,

    /// <summary>Everybody.</summary>
    Public,
}

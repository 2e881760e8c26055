namespace KernKit.Layout;

/// <summary>Bytes are too short for a structure, or break a rule that the structure's own extent depends on.</summary>
/// <remarks>
/// The offset counts from the start of the view, because a view does not know where its bytes came from; whoever
/// read the bytes adds the device's offset.
/// </remarks>
public sealed class LayoutException : Exception
{
    /// <summary>Makes an exception without a position.</summary>
    public LayoutException()
        : this("the bytes do not form the structure that was asked for")
    {
    }

    /// <summary>Makes an exception with a text and no position.</summary>
    /// <param name="message">What, where, what to do.</param>
    public LayoutException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a text and its cause.</summary>
    /// <param name="message">What, where, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public LayoutException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception from one broken rule; this is what generated code throws.</summary>
    /// <param name="issue">The rule, its place and the value found.</param>
    public LayoutException(in LayoutIssue issue)
        : base(issue.ToString()) => Issue = issue;

    /// <summary>The broken rule; default if the exception was made from a text.</summary>
    public LayoutIssue Issue { get; }

    /// <summary>Bytes from the start of the view.</summary>
    public long Offset => Issue.Offset;

    /// <summary>The structure's name in its schema, or "".</summary>
    public string Structure => Issue.Structure ?? "";

    /// <summary>The field inside the structure, or "".</summary>
    public string Path => Issue.Path ?? "";
}

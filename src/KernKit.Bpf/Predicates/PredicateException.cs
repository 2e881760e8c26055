namespace KernKit.Bpf;

/// <summary>An expression that is no predicate over the fields at hand.</summary>
public sealed class PredicateException : Exception
{
    /// <summary>Makes an error without a place.</summary>
    public PredicateException()
    {
    }

    /// <summary>Makes an error without a place.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    public PredicateException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error without a place.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="innerException">What led to it.</param>
    public PredicateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an error.</summary>
    /// <param name="column">Where in the expression, counted from 1.</param>
    /// <param name="message">What is wrong, and what to do.</param>
    public PredicateException(int column, string message)
        : base($"column {column}: {message}") => Column = column;

    /// <summary>Where in the expression, counted from 1; 0 if it is the expression as a whole.</summary>
    public int Column { get; }
}

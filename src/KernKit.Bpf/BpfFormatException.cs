namespace KernKit.Bpf;

/// <summary>Thrown for bytes that are no eBPF program and for text that is no assembly.</summary>
/// <remarks>The message says which instruction or line, what it holds and what is allowed there.</remarks>
public sealed class BpfFormatException : Exception
{
    /// <summary>Makes an exception without a place.</summary>
    public BpfFormatException()
    {
    }

    /// <summary>Makes an exception without a place.</summary>
    /// <param name="message">What is wrong.</param>
    public BpfFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception without a place.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">What caused it.</param>
    public BpfFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception about one instruction or line.</summary>
    /// <param name="message">What is wrong, with the place in words.</param>
    /// <param name="position">The index of the 8-byte slot (bytes, from 0) or the line (text, from 1).</param>
    public BpfFormatException(string message, int position)
        : base(message)
    {
        Position = position;
    }

    /// <summary>The index of the 8-byte slot, from 0, or of the text's line, from 1; -1 if there is no single
    /// place.</summary>
    public int Position { get; } = -1;
}

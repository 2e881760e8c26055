using System.Text;

namespace KernKit.Build;

/// <summary>One step as an <see cref="ICodeGenerator"/> sees it. Paths are relative to the project's directory and use
/// forward slashes, so that they are the same in every clone.</summary>
public abstract class GenerationContext
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The name under which the generator is registered.</summary>
    public abstract string Generator { get; }

    /// <summary>
    /// The step's inputs: one where the generator runs for each input, all of them where it runs for all.
    /// </summary>
    public abstract IReadOnlyList<string> Inputs { get; }

    /// <summary>The item's metadata; names ignore case.</summary>
    public abstract IReadOnlyDictionary<string, string> Options { get; }

    /// <summary>Cancelled if the build is.</summary>
    public abstract CancellationToken Cancellation { get; }

    /// <summary>Reads a file and remembers that the outputs depend on it, also if it is missing.</summary>
    /// <param name="path">Relative to the project's directory, or absolute.</param>
    /// <returns>The bytes, or null if there is no such regular file or it is larger than 16 MiB.</returns>
    /// <exception cref="IOException">The file is there and cannot be read.</exception>
    public abstract byte[]? Read(string path);

    /// <summary>Writes one output. Nothing is seen under its final name before the step has succeeded.</summary>
    /// <param name="name">Relative to the generator's output directory; declared by one of its patterns.</param>
    /// <param name="content">The whole content.</param>
    /// <exception cref="ArgumentException">The name is absolute, has dot segments, or was written already.</exception>
    public abstract void Write(string name, ReadOnlySpan<byte> content);

    /// <summary>Tells the user something; an error fails the step and its old outputs stay.</summary>
    /// <param name="isError">False for a warning, which is repeated by every build until the step runs again.</param>
    /// <param name="file">The file it is about.</param>
    /// <param name="line">1-based; 0 for the file as a whole.</param>
    /// <param name="column">1-based; 0 for the line as a whole.</param>
    /// <param name="code">For instance <c>KK1000</c>.</param>
    /// <param name="message">What is wrong and what to do.</param>
    public abstract void Report(bool isError, string file, int line, int column, string code, string message);

    /// <summary>
    /// The path of a file as seen from the directory of an output: what a relative <c>#line</c> needs.
    /// </summary>
    /// <param name="name">An output's name, as for <see cref="Write"/>.</param>
    /// <param name="path">A file, as for <see cref="Read"/>.</param>
    /// <returns>A relative path with forward slashes.</returns>
    public abstract string PathFromOutput(string name, string path);

    /// <summary>Reads a file as UTF-8 text, without its byte-order mark.</summary>
    /// <param name="path">As for <see cref="Read"/>.</param>
    /// <returns>The text, or null as for <see cref="Read"/>.</returns>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public string? ReadText(string path)
    {
        var bytes = Read(path);
        var start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        return bytes is null ? null : StrictUtf8.GetString(bytes.AsSpan(start));
    }

    /// <summary>Writes one output as UTF-8 without a byte-order mark.</summary>
    /// <param name="name">As for <see cref="Write"/>.</param>
    /// <param name="text">The whole text.</param>
    public void WriteText(string name, string text) => Write(name, StrictUtf8.GetBytes(text));
}

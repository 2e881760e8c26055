using KernKit.Volumes;

namespace KernKit.Command.Output;

/// <summary>
/// Writes errors as lines <c>kern: what: where: why</c> on standard error, and keeps the exit status they call for.
/// </summary>
/// <remarks>
/// Safe for several threads. A broken image has errors by the thousand: the first hundred are shown, the rest counted.
/// </remarks>
internal sealed class Diagnostics(CommandHost host, bool debug)
{
    /// <summary>The largest number of errors that are shown.</summary>
    public const int LinesMax = 100;

    private const string Partition = "partition ";

    private readonly Lock _lock = new();
    private long _errors;

    /// <summary>The exit status for what was reported so far: 4 over 3 over 1, or 0.</summary>
    public int Status { get; private set; }

    /// <summary>Something on the screen that must be wiped before a line is written.</summary>
    public Action? BeforeLine { get; set; }

    /// <summary>The exit status of an error.</summary>
    public static int StatusOf(VolumeError error) => error switch
    {
        VolumeError.NotFound => 1,
        VolumeError.System => 4,
        _ => 3,
    };

    /// <summary>Reports an error about an image, or about one of its entries.</summary>
    public void Report(string image, ReadOnlySpan<byte> path, VolumeException error)
    {
        var message = error.Message[..^error.What.Length] + WithoutImage(error.What, image);
        var where = path.IsEmpty ? NameText.Message(image) : $"{NameText.Message(image)}: {NameText.Escaped(path)}";
        lock (_lock)
        {
            Status = Math.Max(Status, StatusOf(error.Error));
            if (_errors++ < LinesMax)
            {
                Line("kern: ", $"{where}: {NameText.Message(message)}", error);
            }
        }
    }

    /// <summary>Reports a mistake in the command line.</summary>
    public void Usage(string message)
    {
        lock (_lock)
        {
            Status = Math.Max(Status, 2);
            Line("kern: ", message, null);
        }
    }

    /// <summary>Says something that is no error.</summary>
    public void Note(string text)
    {
        lock (_lock)
        {
            Line("kern: note: ", NameText.Message(text), null);
        }
    }

    /// <summary>Says how many errors were not shown.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_errors > LinesMax)
            {
                Line("kern: ", $"{_errors - LinesMax} more errors are not shown", null);
            }

            _errors = 0;
        }
    }

    /// <summary>Takes off what a device says first, its name: once is enough. "partition 2 of IMAGE: ..." keeps its
    /// number.</summary>
    private static string WithoutImage(string what, string image)
    {
        if (what.StartsWith($"{image}: ", StringComparison.Ordinal))
        {
            return what[(image.Length + 2)..];
        }

        var end = $" of {image}: ";
        var at = what.IndexOf(end, StringComparison.Ordinal);
        return what.StartsWith(Partition, StringComparison.Ordinal) && at > Partition.Length
            && !what.AsSpan(Partition.Length, at - Partition.Length).ContainsAnyExceptInRange('0', '9')
                ? $"{what[..at]}: {what[(at + end.Length)..]}"
                : what;
    }

    private void Line(string head, string text, Exception? error)
    {
        BeforeLine?.Invoke();
        var output = new ByteOutput(host.Error);
        output.WriteText(host.ErrorIsColored ? $"\e[1;31m{head}\e[m{text}\n" : $"{head}{text}\n");
        if (debug && error is not null)
        {
            output.WriteText(error + "\n");
        }

        try
        {
            output.Flush();
        }
        catch (Exception failure) when (failure is IOException or VolumeException)
        {
            // Standard error is gone: the exit status still tells.
        }
    }
}

using System.CommandLine;
using KernKit.Command.Output;
using KernKit.Volumes;

namespace KernKit.Command;

/// <summary>One run of a verb: where it writes, and what it has complained about.</summary>
internal sealed class Session
{
    private Session(CommandHost host, ParseResult arguments)
    {
        Host = host;
        Arguments = arguments;
        Output = new ByteOutput(host.Output);
        Debug = arguments.GetValue<bool>(CommonOptions.DebugName);
        Diagnostics = new Diagnostics(host, Debug);
    }

    /// <summary>The world.</summary>
    public CommandHost Host { get; }

    /// <summary>The parsed command line.</summary>
    public ParseResult Arguments { get; }

    /// <summary>Buffered standard output.</summary>
    public ByteOutput Output { get; }

    /// <summary>Error lines and the exit status.</summary>
    public Diagnostics Diagnostics { get; }

    /// <summary>True if errors come with their stack.</summary>
    public bool Debug { get; }

    /// <summary>True if the output is JSON.</summary>
    public bool Json => Arguments.GetValue<bool>(CommonOptions.JsonName);

    /// <summary>IMAGE as the user wrote it.</summary>
    public string Image => Arguments.GetRequiredValue<string>(CommonOptions.ImageName);

    /// <summary>PATH as bytes, without a leading '/'; empty for the root.</summary>
    public byte[] Path => RawText.ToBytes((Arguments.GetValue<string?>(CommonOptions.PathName) ?? "").Trim('/'));

    /// <summary>Runs a verb, and turns what it throws into one line and an exit status.</summary>
    public static int Run(CommandHost host, ParseResult arguments, Func<Session, int> verb)
    {
        var session = new Session(host, arguments);
        try
        {
            var status = verb(session);
            session.Output.Flush();
            session.Diagnostics.Close();
            return Math.Max(status, session.Diagnostics.Status);
        }
        catch (BrokenPipeException)
        {
            return ExitStatus.BrokenPipe;
        }
        catch (OperationCanceledException)
        {
            return ExitStatus.Interrupted;
        }
        catch (Exception error)
        {
            return session.Fail(error);
        }
    }

    /// <summary>Opens the file system that IMAGE and --partition name.</summary>
    public Volume OpenVolume() => Host.Images.OpenVolume(Image, Arguments.GetValue<int?>(CommonOptions.PartitionName));

    /// <summary>Takes the problems of a walk.</summary>
    public void Report(WalkProblem problem) => Diagnostics.Report(Image, problem.Path, problem.Error);

    private int Fail(Exception error)
    {
        try
        {
            // What was found before the failure belongs to the answer.
            Output.Flush();
        }
        catch (BrokenPipeException)
        {
            return ExitStatus.BrokenPipe;
        }
        catch (VolumeException)
        {
            // The failure below may be this very one; it is told once.
        }

        var known = error switch
        {
            VolumeException volume => volume,
            IOException or UnauthorizedAccessException =>
                new VolumeException(VolumeError.System, error.Message, inner: error),
            OutOfMemoryException => new VolumeException(VolumeError.System, "out of memory", inner: error),
            _ => new VolumeException(VolumeError.Unsupported,
                $"unexpected {error.GetType().Name}: {error.Message} (please report it, with the output of --debug)",
                inner: error),
        };
        var hasImage = Arguments.GetResult(CommonOptions.ImageName)
            is System.CommandLine.Parsing.ArgumentResult { Argument: Argument<string> };
        Diagnostics.Report(hasImage ? Image : "kern", default, known);
        Diagnostics.Close();
        return Diagnostics.Status;
    }
}

/// <summary>What the command returns besides 0 to 4: as a shell shows a death by that signal.</summary>
internal static class ExitStatus
{
    public const int Done = 0;
    public const int No = 1;
    public const int Usage = 2;
    public const int Damaged = 3;
    public const int System = 4;
    public const int Interrupted = 130;
    public const int BrokenPipe = 141;
}

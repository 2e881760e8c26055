using System.Globalization;

namespace KernKit.Build;

/// <summary>
/// GNU make's job server, seen from a program that make started: every job beyond the first takes a byte out of a pipe
/// that all of them share, and puts it back when it ends, so that <c>make -j8</c> means eight in all. Make 4.4 and
/// ninja 1.13 name a pipe by a path, older ones by two descriptors that only recipes marked with <c>+</c> inherit.
/// </summary>
/// <remarks>
/// The pipe is opened anew, also where descriptors are inherited: reading must not block here, and setting that on an
/// inherited one would set it for make too. Tokens go back as the bytes they were. One thread at a time.
/// </remarks>
internal sealed class JobServer : IDisposable
{
    private const string Option = "--jobserver-auth=";
    private const string OldOption = "--jobserver-fds=";
    private const string OneJob = "-j1";
    private const string PathPrefix = "fifo:";

    private readonly Stack<byte> _taken = new();
    private readonly int _read;
    private readonly int _write;

    private JobServer(int read, int write) => (_read, _write) = (read, write);

    /// <summary>Finds the job server of the make that started this process.</summary>
    /// <param name="flags">The variable MAKEFLAGS, or null.</param>
    /// <param name="isAlone">
    /// True if only one job at a time may run: make says <c>-j1</c>, or names a job server that cannot be reached.
    /// </param>
    /// <returns>Null if there is none to be reached.</returns>
    public static JobServer? Find(string? flags, out bool isAlone)
    {
        var words = (flags ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // The last one counts: make appends.
        var value = words
            .Where(static word => word.StartsWith(Option, StringComparison.Ordinal) ||
                word.StartsWith(OldOption, StringComparison.Ordinal))
            .Select(static word => word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..])
            .LastOrDefault();
        var server = value is null || !OperatingSystem.IsLinux() ? null : Reach(value);
        isAlone = server is null && (value is not null || words.Contains(OneJob));
        return server;
    }

    /// <summary>
    /// True if make only shows what it would do; a recipe that is marked with <c>+</c> runs all the same.
    /// </summary>
    /// <param name="flags">The variable MAKEFLAGS, or null: its first word is the options of one letter.</param>
    /// <returns>Whether <c>n</c> is among them.</returns>
    public static bool IsDryRun(string? flags)
    {
        var letters = (flags ?? "").Split(' ')[0];
        return !letters.StartsWith('-') && !letters.Contains('=', StringComparison.Ordinal) && letters.Contains('n');
    }

    /// <summary>Takes the right to one more job.</summary>
    /// <returns>False if others have all of them now.</returns>
    public bool TryTake()
    {
        var token = new byte[1];
        if (Posix.Read(_read, token, 1) != 1)
        {
            return false;
        }

        _taken.Push(token[0]);
        return true;
    }

    /// <summary>Gives one back.</summary>
    public void GiveBack()
    {
        if (_taken.TryPop(out var token))
        {
            // The pipe has had room for it before.
            _ = Posix.Write(_write, [token], 1);
        }
    }

    /// <summary>Gives all back.</summary>
    public void Dispose()
    {
        while (_taken.Count > 0)
        {
            GiveBack();
        }

        _ = Posix.Close(_read);
        _ = Posix.Close(_write);
    }

    private static JobServer? Reach(string value)
    {
        if (value.StartsWith(PathPrefix, StringComparison.Ordinal))
        {
            return Open(value[PathPrefix.Length..], value[PathPrefix.Length..]);
        }

        var numbers = value.Split(',');
        return numbers.Length == 2 &&
            int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var read) &&
            int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var write) &&
            IsInherited(read) && IsInherited(write)
            ? Open($"/proc/self/fd/{read}", $"/proc/self/fd/{write}")
            : null;
    }

    private static JobServer? Open(string readPath, string writePath)
    {
        if (!FileStamp.IsPipe(readPath) || !FileStamp.IsPipe(writePath))
        {
            return null;
        }

        var read = Posix.Open(readPath, Posix.OpenReadOnly | Posix.OpenNonblocking | Posix.CloseOnExec);
        var write = Posix.Open(writePath, Posix.OpenWriteOnly | Posix.CloseOnExec);
        if (read >= 0 && write >= 0)
        {
            return new JobServer(read, write);
        }

        _ = read >= 0 ? Posix.Close(read) : 0;
        _ = write >= 0 ? Posix.Close(write) : 0;
        return null;
    }

    /// <summary>
    /// Make closes the descriptors for recipes that are not marked, and says their numbers all the same: by now they
    /// may be .NET's own, which differ from inherited ones in that they would be closed when a program is started.
    /// </summary>
    private static bool IsInherited(int descriptor)
    {
        try
        {
            var flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
                .First(static line => line.StartsWith("flags:", StringComparison.Ordinal))["flags:".Length..].Trim();
            return (Convert.ToInt32(flags, 8) & Posix.CloseOnExec) == 0;
        }
        catch (Exception error) when (error is IOException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }
}

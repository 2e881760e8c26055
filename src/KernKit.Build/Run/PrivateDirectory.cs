using System.Text;

namespace KernKit.Build;

/// <summary>
/// A directory for one run of one step: outputs, their log, a TMPDIR. On the file system of the final outputs where
/// that is the state's, so that committing is a rename.
/// </summary>
internal sealed class PrivateDirectory : IDisposable
{
    private const int LogBytesMax = 1 << 20;

    /// <summary>Makes one.</summary>
    /// <param name="temporaryDirectory">The state's directory for such.</param>
    /// <param name="name">Unique in this process.</param>
    public PrivateDirectory(string temporaryDirectory, string name)
    {
        Root = Path.Join(temporaryDirectory, $"{System.Environment.ProcessId}.{name}");
        Directory.CreateDirectory(Output);
        Directory.CreateDirectory(Temporary);
    }

    /// <summary>The directory itself.</summary>
    public string Root { get; }

    /// <summary>Where outputs go.</summary>
    public string Output => Path.Join(Root, "out");

    /// <summary>TMPDIR.</summary>
    public string Temporary => Path.Join(Root, "tmp");

    /// <summary>What is printed.</summary>
    public string Log => Path.Join(Root, "log");

    /// <summary>Makes the directories of outputs whose names are known.</summary>
    /// <param name="work">The step.</param>
    public void Prepare(StepWork work)
    {
        foreach (var name in work.Step.Predicted.Select(static output => output.Name)
            .Append(work.Depfile).Where(static name => name.Contains('/', StringComparison.Ordinal)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(Output, name))!);
        }

        File.WriteAllText(Output + ".inputs", string.Concat(work.Step.Inputs.Select(static input => input + "\n")));
    }

    /// <summary>What was printed; of much, the last mebibyte, as errors come last.</summary>
    /// <returns>The text; bytes that are no UTF-8 become replacement characters.</returns>
    public string ReadLog()
    {
        if (!File.Exists(Log))
        {
            return "";
        }

        using var stream = File.OpenRead(Log);
        var bytes = new byte[Math.Min(stream.Length, LogBytesMax)];
        stream.Position = stream.Length - bytes.Length;
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>All regular files among the outputs.</summary>
    /// <returns>Names with forward slashes, in bytewise order.</returns>
    /// <exception cref="InvalidDataException">There is something else: a link, a pipe.</exception>
    public IReadOnlyList<string> Names()
    {
        var names = new List<string>();
        foreach (var entry in FileTree.Below(Output))
        {
            var name = Path.GetRelativePath(Output, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (entry is DirectoryInfo && !FileTree.IsLink(entry))
            {
                continue;
            }

            if (FileTree.IsLink(entry) || !FileStamp.Of(entry.FullName).Exists)
            {
                throw new InvalidDataException($"it made '{name}', which is no regular file");
            }

            names.Add(name);
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Removes everything in it.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next build removes what is left.
        }
    }
}

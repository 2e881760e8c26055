namespace KernKit.Build;

/// <summary>
/// Outputs that are committed (maps, tables): generated into the state directory like all others, and copied to where
/// they are committed, or compared with what is there.
/// </summary>
internal sealed class CommittedCopies(
    BuildDeclaration declaration,
    CommittedMode mode,
    OutputStore outputs,
    Action<string, string, string, int, int, string> report)
{
    private const int CompareBytesMax = 16 << 20;

    /// <summary>Copies or compares.</summary>
    /// <param name="run">A run that has ended well.</param>
    public void Bring(BuildRun run)
    {
        if (mode == CommittedMode.Ignore || declaration.Generators.All(static g => g.CommittedTo.Length == 0))
        {
            return;
        }

        foreach (var file in run.Produced.Where(static file => file.Step.Generator.CommittedTo.Length > 0))
        {
            var name = Path.GetRelativePath(file.Step.Generator.OutputDirectory, file.Path);
            var copy = Path.GetFullPath(
                Path.Join(file.Step.Generator.CommittedTo, name), declaration.ProjectDirectory);
            if (IsEqual(file.Path, copy))
            {
                continue;
            }

            var shown = ProjectPath.Relative(declaration.ProjectDirectory, copy);
            if (mode == CommittedMode.Write)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                outputs.Replace(MadeCopy(file.Path), copy);
                report("message", "", "", 0, 0, $"{file.Step.Key}: {shown} brought up to date");
            }
            else
            {
                report("error", "KK9018", copy, 0, 0,
                    $"differs from what {file.Step.Key} generates; generate it anew and commit it:\n" +
                    LineDiff.Compare(ReadLines(copy), ReadLines(file.Path)));
            }
        }
    }

    /// <summary>The committed copies as they are now, which is equal to the outputs.</summary>
    /// <param name="declaration">Where they are.</param>
    /// <param name="run">A run that has ended well.</param>
    /// <returns>Absolute paths, and states that say when they were compared.</returns>
    public static IEnumerable<(string Path, FileState State)> States(BuildDeclaration declaration, BuildRun run)
    {
        var now = FileStamp.NowNanoseconds;
        return run.Produced
            .Where(static file => file.Step.Generator.CommittedTo.Length > 0)
            .Select(file => Path.GetFullPath(
                Path.Join(file.Step.Generator.CommittedTo,
                    Path.GetRelativePath(file.Step.Generator.OutputDirectory, file.Path)),
                declaration.ProjectDirectory))
            .Select(copy => (copy, new FileState(FileStamp.Of(copy), "", now)));
    }

    // A move must not take the output itself away.
    private string MadeCopy(string path)
    {
        Directory.CreateDirectory(declaration.TemporaryDirectory);
        var copy = Path.Join(declaration.TemporaryDirectory, $"{Environment.ProcessId}.committed");
        File.Copy(path, copy, overwrite: true);
        return copy;
    }

    private static bool IsEqual(string one, string two)
    {
        var (a, b) = (FileStamp.Of(one), FileStamp.Of(two));
        return a.SizeBytes == b.SizeBytes && KnownFiles.HashFile(one) == KnownFiles.HashFile(two);
    }

    private static string[] ReadLines(string path) =>
        FileStamp.Of(path).SizeBytes is >= 0 and <= CompareBytesMax ? File.ReadAllLines(path) : [];
}

namespace KernKit.Build;

/// <summary>
/// Outputs that are committed (maps, tables): generated into the state directory like all others, and copied to where
/// they are committed, or compared with what is there. The database remembers the copies, so that the copy of an output
/// that is no longer made goes too, unless somebody has edited it.
/// </summary>
internal sealed class CommittedCopies(
    BuildDeclaration declaration,
    CommittedMode mode,
    OutputStore outputs,
    Action<string, string, string, int, int, string> report)
{
    private const int CompareBytesMax = 16 << 20;

    /// <summary>False if there is nothing to do, as in most builds.</summary>
    /// <returns>Whether a generator has, or had, committed copies that matter.</returns>
    public bool AreDue() =>
        mode != CommittedMode.Ignore && declaration.Generators.Any(static g => g.CommittedTo.Length > 0);

    /// <summary>Copies.</summary>
    /// <param name="state">A run that has ended well; the lock is held.</param>
    public void Write(BuildState state)
    {
        var known = state.Database.Copies;
        var isChanged = false;
        foreach (var (path, copy, file) in Copies(declaration, state))
        {
            if (!IsEqual(file.Path, copy))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                outputs.Copy(file.Path, copy);
                report("message", "", "", 0, 0, $"{file.Step.Key}: {path} brought up to date");
            }

            var hash = KnownFiles.HashFile(file.Path);
            isChanged |= known.GetValueOrDefault(path) != hash;
            known[path] = hash;
        }

        foreach (var path in Stale(state))
        {
            File.Delete(Full(path));
            report("message", "", "", 0, 0, $"{path}: nothing generates it any more, deleted");
        }

        isChanged |= Forget(state);
        if (isChanged)
        {
            state.Save(outputs);
            outputs.RemoveTemporary();
        }
    }

    /// <summary>Compares, and reports what differs.</summary>
    /// <param name="state">A run that has ended well.</param>
    public void Compare(BuildState state)
    {
        foreach (var (_, copy, file) in Copies(declaration, state))
        {
            if (!IsEqual(file.Path, copy))
            {
                report("error", "KK9018", copy, 0, 0,
                    $"differs from what {file.Step.Key} generates; generate it anew and commit it:\n" +
                    LineDiff.Compare(ReadLines(copy), ReadLines(file.Path)));
            }
        }

        foreach (var path in Stale(state))
        {
            report("error", "KK9018", Full(path), 0, 0, "is generated no longer; delete it");
        }
    }

    /// <summary>The committed copies as they are now, which is equal to the outputs.</summary>
    /// <param name="declaration">Where they are.</param>
    /// <param name="state">A run that has ended well.</param>
    /// <returns>Absolute paths, and states that say when they were compared.</returns>
    public static IEnumerable<(string Path, FileState State)> States(BuildDeclaration declaration, BuildState state)
    {
        var now = FileStamp.NowNanoseconds;
        return Copies(declaration, state)
            .Select(copy => (copy.Full, new FileState(FileStamp.Of(copy.Full), "", now)));
    }

    private static IEnumerable<(string Path, string Full, ProducedFile File)> Copies(
        BuildDeclaration declaration, BuildState state) =>
        from file in state.Produced
        let generator = file.Step.Generator
        where generator.CommittedTo.Length > 0
        let name = Path.GetRelativePath(generator.OutputDirectory, file.Path)
        let full = Path.GetFullPath(Path.Join(generator.CommittedTo, name), declaration.ProjectDirectory)
        select (ProjectPath.Relative(declaration.ProjectDirectory, full), full, file);

    /// <summary>
    /// Copies that nothing makes any more and that nobody has edited, in directories that still are for copies: where
    /// a generator itself went, its last outputs are left to whoever took it away.
    /// </summary>
    private List<string> Stale(BuildState state)
    {
        var made = Copies(declaration, state).Select(static copy => copy.Path).ToHashSet(StringComparer.Ordinal);
        var homes = declaration.Generators.Select(static generator => generator.CommittedTo)
            .Where(static home => home.Length > 0)
            .Select(home => ProjectPath.Relative(declaration.ProjectDirectory, home) + "/").ToList();
        return [.. state.Database.Copies
            .Where(copy => !made.Contains(copy.Key) &&
                homes.Exists(home => copy.Key.StartsWith(home, StringComparison.Ordinal)) &&
                KnownFiles.HashFile(Full(copy.Key)) == copy.Value)
            .Select(static copy => copy.Key)];
    }

    private bool Forget(BuildState state)
    {
        var made = Copies(declaration, state).Select(static copy => copy.Path).ToHashSet(StringComparer.Ordinal);
        var gone = state.Database.Copies.Keys.Where(path => !made.Contains(path)).ToList();
        gone.ForEach(path => state.Database.Copies.Remove(path));
        return gone.Count > 0;
    }

    private string Full(string path) => Path.GetFullPath(path, declaration.ProjectDirectory);

    private static bool IsEqual(string one, string two)
    {
        var (a, b) = (FileStamp.Of(one), FileStamp.Of(two));
        return a.SizeBytes == b.SizeBytes && KnownFiles.HashFile(one) == KnownFiles.HashFile(two);
    }

    private static string[] ReadLines(string path) =>
        FileStamp.Of(path).SizeBytes is >= 0 and <= CompareBytesMax ? File.ReadAllLines(path) : [];
}

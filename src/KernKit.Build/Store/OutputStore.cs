namespace KernKit.Build;

/// <summary>
/// Puts outputs in place: a file appears under its name only when it is whole, is not touched when its content is the
/// same, and goes when its step goes. Callers hold the lock; one thread at a time.
/// </summary>
/// <param name="declaration">Directories.</param>
/// <param name="database">Records and directories that were made.</param>
/// <param name="files">Hashes.</param>
internal sealed class OutputStore(BuildDeclaration declaration, BuildDatabase database, KnownFiles files)
{
    private const string IntendedDirectory = "directory";
    private const string IntendedPartial = "partial";
    private readonly HashSet<(string Path, string Hash)> _intended = [];
    private int _written;

    /// <summary>Puts one step's outputs in place and removes those it no longer makes.</summary>
    /// <param name="generator">The step's generator.</param>
    /// <param name="record">What the step made before.</param>
    /// <param name="made">What it made now, by the path relative to the project, with the hash.</param>
    /// <param name="owners">The steps of all outputs so far: one that moved to another step is not removed.</param>
    public void Commit(
        GeneratorDeclaration generator,
        StepRecord record,
        IReadOnlyDictionary<string, (string Source, string Hash)> made,
        IReadOnlyDictionary<string, string> owners)
    {
        foreach (var (path, (source, hash)) in made)
        {
            if (files.HashOf(path) == hash)
            {
                continue;
            }

            var full = Full(path);
            MakeDirectory(Path.GetDirectoryName(full)!, generator);
            if (!generator.OutputDirectoryIsOurs)
            {
                Intend(hash, path);
            }

            Replace(source, full);
            var readAt = FileStamp.NowNanoseconds;
            files.Remember(path, new FileState(FileStamp.Of(full), hash, readAt));
        }

        var stays = record.Outputs.Keys.Where(path => made.ContainsKey(path) || owners.ContainsKey(path));
        Remove(record, stays.ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>A file that stands where an output goes and is not ours to overwrite.</summary>
    /// <param name="generator">The step's generator.</param>
    /// <param name="record">What the step made before.</param>
    /// <param name="made">What it made now.</param>
    /// <returns>Its path relative to the project, or null.</returns>
    public string? Foreign(
        GeneratorDeclaration generator,
        StepRecord record,
        IReadOnlyDictionary<string, (string Source, string Hash)> made)
    {
        if (generator.OutputDirectoryIsOurs)
        {
            return null;
        }

        return made.FirstOrDefault(file => files.HashOf(file.Key) is var now && now != FileState.Absent &&
            now != file.Value.Hash && record.Outputs.GetValueOrDefault(file.Key) != now &&
            !_intended.Contains((file.Key, now))).Key;
    }

    /// <summary>
    /// Reads what a killed build was about to put among the user's files: it is ours, although no record says so. A
    /// file that was not whole yet goes at once.
    /// </summary>
    public void ReadIntentions()
    {
        foreach (var line in File.Exists(declaration.IntentPath) ? File.ReadAllLines(declaration.IntentPath) : [])
        {
            // The last line may be torn; then its file was not there yet.
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            switch (tab > 0 ? line[..tab] : "")
            {
                case "":
                    break;
                case IntendedDirectory:
                    database.MadeDirectories.Add(line[(tab + 1)..]);
                    break;
                case IntendedPartial:
                    RemovePartial(Full(line[(tab + 1)..]));
                    break;
                default:
                    _intended.Add((line[(tab + 1)..], line[..tab]));
                    break;
            }
        }
    }

    /// <summary>Deletes what a killed build made and nobody has changed.</summary>
    /// <param name="owned">What a record owns by now, relative to the project: that stays.</param>
    public void RemoveIntended(IReadOnlySet<string> owned)
    {
        foreach (var (path, hash) in _intended.Where(file => !owned.Contains(file.Path)))
        {
            if (FileStamp.Of(Full(path)).Exists && KnownFiles.HashFile(Full(path)) == hash)
            {
                File.Delete(Full(path));
            }
        }

        RemoveEmptyDirectories();
    }

    /// <summary>Deletes outputs of a record; one that a person has edited outside of our directory stays.</summary>
    /// <param name="record">Of a step.</param>
    /// <param name="except">Paths that stay.</param>
    /// <returns>Edited files that were left.</returns>
    public IReadOnlyList<string> Remove(StepRecord record, IReadOnlySet<string> except)
    {
        var edited = new List<string>();
        foreach (var (path, hash) in record.Outputs.Where(output => !except.Contains(output.Key)))
        {
            var full = Full(path);
            if (!FileStamp.Of(full).Exists)
            {
                continue;
            }

            if (record.IsOutside && KnownFiles.HashFile(full) != hash)
            {
                edited.Add(path);
                continue;
            }

            File.Delete(full);
            files.Remember(path, new FileState(FileStamp.Missing, FileState.Absent, 0));
        }

        RemoveEmptyDirectories();
        return edited;
    }

    /// <summary>Deletes every file under <c>gen/</c> that no step owns, and directories that became empty.</summary>
    /// <param name="owned">Absolute paths that stay.</param>
    public void Sweep(IReadOnlySet<string> owned)
    {
        var root = declaration.GeneratedDirectory;
        if (!Directory.Exists(root))
        {
            return;
        }

        // A link to a directory was put there by somebody who has a reason; it stays, as does what is behind it.
        foreach (var file in FileTree.Below(root).OfType<FileInfo>().Where(file => !owned.Contains(file.FullName)))
        {
            file.Delete();
        }

        FileTree.RemoveEmptyBelow(root);
    }

    /// <summary>Replaces any file of the state directory in one step.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="bytes">The whole content.</param>
    public void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(declaration.TemporaryDirectory);
        var partial = Path.Join(declaration.TemporaryDirectory, $"{Environment.ProcessId}.w{_written++}");
        File.WriteAllBytes(partial, bytes);
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Removes what a killed build left half-done.</summary>
    public void RemoveTemporary()
    {
        if (Directory.Exists(declaration.TemporaryDirectory))
        {
            Directory.Delete(declaration.TemporaryDirectory, recursive: true);
        }
    }

    /// <summary>Replaces a file, by a rename also where the new content lies on another file system.</summary>
    /// <param name="source">Absolute; moved or copied.</param>
    /// <param name="target">Absolute; its directory exists.</param>
    public void Replace(string source, string target)
    {
        if (target.StartsWith(declaration.StateDirectory + "/", StringComparison.Ordinal))
        {
            File.Move(source, target, overwrite: true);
        }
        else
        {
            Copy(source, target);
        }
    }

    /// <summary>Replaces a file by a copy of another, by a rename.</summary>
    /// <param name="source">Absolute; it stays.</param>
    /// <param name="target">Absolute; its directory exists.</param>
    public void Copy(string source, string target)
    {
        // Said before it is there: should this build be killed between the two, the next one knows what to remove.
        Intend(IntendedPartial, ProjectPath.Relative(declaration.ProjectDirectory, target));
        var partial = Partial(target);
        try
        {
            File.Copy(source, partial, overwrite: true);
            File.Move(partial, target, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static string Partial(string target) =>
        Path.Join(Path.GetDirectoryName(target), $".{Path.GetFileName(target)}.kkpart");

    private static void RemovePartial(string target)
    {
        if (File.Exists(Partial(target)))
        {
            File.Delete(Partial(target));
        }
    }

    private string Full(string path) => Path.GetFullPath(path, declaration.ProjectDirectory);

    private void Intend(string what, string path) =>
        File.AppendAllText(declaration.IntentPath, $"{what}\t{path}\n");

    private void MakeDirectory(string directory, GeneratorDeclaration generator)
    {
        if (!generator.OutputDirectoryIsOurs)
        {
            // Remembered, so that a clean removes what was made and no directory that was there before.
            for (var missing = directory; missing is not null && !Directory.Exists(missing);
                missing = Path.GetDirectoryName(missing))
            {
                var path = ProjectPath.Relative(declaration.ProjectDirectory, missing);
                database.MadeDirectories.Add(path);
                Intend(IntendedDirectory, path);
            }
        }

        Directory.CreateDirectory(directory);
    }

    private void RemoveEmptyDirectories()
    {
        foreach (var directory in database.MadeDirectories.OrderByDescending(static path => path.Length).ToList())
        {
            var full = Full(directory);
            if (!Directory.Exists(full))
            {
                database.MadeDirectories.Remove(directory);
            }
            else if (!Directory.EnumerateFileSystemEntries(full).Any())
            {
                Directory.Delete(full);
                database.MadeDirectories.Remove(directory);
            }
        }
    }
}

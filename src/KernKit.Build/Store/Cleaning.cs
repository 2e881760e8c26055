namespace KernKit.Build;

/// <summary>
/// Removes exactly what builds made, wherever it lies: each output whose content is still what was written, the
/// directories that had to be made for them, the database. What a person has edited since stays.
/// </summary>
internal static class Cleaning
{
    /// <summary>Cleans.</summary>
    /// <param name="projectDirectory">Absolute.</param>
    /// <param name="stateDirectory">Holds the database.</param>
    /// <param name="report">As for a build.</param>
    public static void Run(
        string projectDirectory, string stateDirectory, Action<string, string, string, int, int, string> report)
    {
        var declaration = BuildDeclaration.From(projectDirectory, stateDirectory, "", [], []);
        using (var held = Directory.Exists(declaration.StateDirectory)
            ? BuildLock.TryTake(declaration.LockPath, TimeSpan.FromSeconds(60), CancellationToken.None)
            : null)
        {
            if (held is null)
            {
                if (Directory.Exists(declaration.StateDirectory))
                {
                    report("error", "KK9005", "", 0, 0,
                        $"another build holds {declaration.LockPath}; wait for it or end it");
                }

                return;
            }

            Remove(declaration, report);
            held.Delete();
        }
    }

    private static void Remove(BuildDeclaration declaration, Action<string, string, string, int, int, string> report)
    {
        var database = BuildDatabase.Read(declaration.DatabasePath);
        var files = new KnownFiles(declaration.ProjectDirectory, database);
        var outputs = new OutputStore(declaration, database, files);
        var nothing = new HashSet<string>();
        foreach (var record in database.Steps.Values)
        {
            // Wherever it lies: under obj/ too an edit is somebody's work.
            foreach (var edited in outputs.Remove(record with { IsOutside = true }, nothing))
            {
                var path = Path.GetFullPath(edited, declaration.ProjectDirectory);
                report("warning", "KK9022", path, 0, 0, "was edited since it was generated, so it stays");
            }
        }

        outputs.ReadIntentions();
        outputs.RemoveIntended(nothing);
        File.Delete(declaration.IntentPath);
        outputs.RemoveTemporary();
        RemoveEmpty(declaration.GeneratedDirectory);
        File.Delete(declaration.DatabasePath);
        File.Delete(declaration.SnapshotPath);
    }

    private static void RemoveEmpty(string root)
    {
        if (!Directory.Exists(root))
        {
            return;
        }

        FileTree.RemoveEmptyBelow(root);
        if (!Directory.EnumerateFileSystemEntries(root).Any())
        {
            Directory.Delete(root);
        }
    }
}

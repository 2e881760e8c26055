using System.Text;
using KernKit.Build;

namespace KernKit.Command.Verbs;

/// <summary>What a build leaves for the build system that called it.</summary>
internal sealed record BuildMarks
{
    /// <summary>Touched when all is up to date.</summary>
    public string? Stamp { get; init; }

    /// <summary>Lists what was read, in make's format.</summary>
    public string? Depfile { get; init; }

    /// <summary>The target in it; the stamp if null.</summary>
    public string? Target { get; init; }

    /// <summary>Writes them, the depfile only where it differs.</summary>
    /// <param name="declaration">The graph.</param>
    /// <param name="run">A run that ended well.</param>
    public void Write(BuildDeclaration declaration, BuildRun run)
    {
        if (Depfile is not null)
        {
            var here = Directory.GetCurrentDirectory();
            var target = Target ?? Stamp ?? Depfile;
            // Relative to where make runs, which is where we run; CMake names files by absolute paths, so with it do
            // we.
            // A directory is newer once a file came or went in it: so a new input is seen.
            var reads = run.Reads
                .Select(path => Path.GetFullPath(path, declaration.ProjectDirectory))
                .Concat(run.ListedDirectories.Where(Directory.Exists))
                .Select(path => Path.IsPathRooted(target) ? path : ProjectPath.Relative(here, path));
            var text = Encoding.UTF8.GetBytes(Build.Depfile.Format(target, reads));
            if (!File.Exists(Depfile) || !File.ReadAllBytes(Depfile).AsSpan().SequenceEqual(text))
            {
                var partial = Depfile + ".part";
                File.WriteAllBytes(partial, text);
                File.Move(partial, Depfile, overwrite: true);
            }
        }

        Touch();
    }

    /// <summary>Touches the stamp.</summary>
    public void Touch()
    {
        if (Stamp is not null)
        {
            using (File.Open(Stamp, FileMode.OpenOrCreate))
            {
            }

            File.SetLastWriteTimeUtc(Stamp, DateTime.UtcNow);
        }
    }
}

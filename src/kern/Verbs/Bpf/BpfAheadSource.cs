using System.Globalization;
using KernKit.Bpf;
using KernKit.Volumes;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>The program that <c>kern bpf compile</c> turns into C#, and what is said about it.</summary>
/// <param name="File">The file that it is from.</param>
/// <param name="Program">The program.</param>
/// <param name="Maps">The maps that its instructions number.</param>
internal sealed record BpfAheadSource(string File, ObjectProgram Program, IReadOnlyList<MapDefinition> Maps)
{
    /// <summary>Reads a file: an object, assembly, or bytes.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="wanted">Which program of an object; null for its only one.</param>
    /// <param name="problem">Why there is none.</param>
    /// <returns>Null with a problem.</returns>
    public static BpfAheadSource? Load(string file, string? wanted, out string problem)
    {
        problem = "";
        var bytes = BpfVerb.Read(file);
        if (!BpfObject.IsObject(bytes))
        {
            problem = wanted is null ? "" : "--program: FILE is no object, it holds one program";
            return wanted is not null ? null
                : new BpfAheadSource(file, new ObjectProgram("", "", BpfVerb.LoadProgram(bytes, null)), []);
        }

        var loaded = BpfObject.Load(bytes);
        var found = loaded.Programs.Where(program => wanted is null || program.Name == wanted).ToList();
        if (found is [var only])
        {
            return new BpfAheadSource(file, only, loaded.Maps);
        }

        problem = loaded.Unlinked.FirstOrDefault(program => program.Name == wanted) is { } unlinked
            ? $"--program: {unlinked.Reason}"
            : $"--program: say which, there are {string.Join(", ", loaded.Programs.Select(program => program.Name))}";
        return null;
    }

    /// <summary>What the file of C# begins with.</summary>
    public string Comment(ProgramType type, VerifierResult verdict)
    {
        var maps = Maps.Count > 0 ? " and the object's maps" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"// Verified for hooks of type {type.Name}{maps}: run it with those only, since the checks of "
            + $"{verdict.AccessCount - verdict.UnprovedCount}\n"
            + $"// of its {verdict.AccessCount} accesses are left out.\n");
    }

    /// <summary>A refusal as builds read it: the place in the source, or the file.</summary>
    public (string Where, VolumeException Error) Refusal(ProgramType type, VerifierError error)
    {
        var where = error.Source is { } line
            ? string.Create(CultureInfo.InvariantCulture, $"{line.File}({line.Line},{Math.Max(1, line.Column)})")
            : $"{File}(1,1)";
        var advice = error.Advice.Length > 0 ? $"; to do: {error.Advice}" : "";
        return (where, new VolumeException(VolumeError.NotFound,
            $"error: {Program.Name}: refused as a program of type {type.Name}: {error.Headline}{advice}"));
    }
}

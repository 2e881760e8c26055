using KernKit.Layout.Compiler.Diagnostics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>The root schema and everything that it imports, each file parsed once; cycles are fine.</summary>
internal sealed class Workspace
{
    /// <summary>UTF-16 code units of one file.</summary>
    public const int FileLengthMax = 1 << 20;

    /// <summary>Files of one compilation besides the root.</summary>
    public const int ImportsMax = 64;

    private readonly Func<string, string?> _readFile;
    private readonly DiagnosticBag _diagnostics;
    private readonly Dictionary<string, FileUnit> _units = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _asked = new(StringComparer.Ordinal);

    private Workspace(Func<string, string?> readFile, DiagnosticBag diagnostics)
    {
        _readFile = readFile;
        _diagnostics = diagnostics;
    }

    /// <summary>All files in the order in which they were reached, the root first.</summary>
    public List<FileUnit> Units { get; } = [];

    public IReadOnlyList<string> ImportedPaths => [.. _asked];

    public static Workspace Load(string rootPath, Func<string, string?> readFile, DiagnosticBag diagnostics)
    {
        var workspace = new Workspace(readFile, diagnostics);
        workspace.LoadAll(rootPath);
        return workspace;
    }

    /// <summary>Joins an import with the importing file's folder, and resolves <c>.</c> and <c>..</c>.</summary>
    public static string Join(string importer, string path)
    {
        string plain = path.Replace('\\', '/');
        int slash = importer.Replace('\\', '/').LastIndexOf('/');
        bool isRooted = plain.StartsWith('/') || (plain.Length > 1 && plain[1] == ':');
        string joined = isRooted || slash < 0 ? plain : importer[..(slash + 1)].Replace('\\', '/') + plain;
        var parts = new List<string>();
        foreach (string part in joined.Split('/'))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] is not ".." and not "")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != "." && (part.Length > 0 || parts.Count == 0))
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private void LoadAll(string rootPath)
    {
        var rootPlace = new SourcePlace(new SourceFile(rootPath, ""), 1, 1);
        FileUnit? root = LoadOne(rootPath, rootPlace);
        if (root is null)
        {
            return;
        }

        _units[Join("", rootPath)] = root;
        for (int i = 0; i < Units.Count; i++)
        {
            FileUnit unit = Units[i];
            foreach ((string path, SourcePlace place) in unit.Syntax.Imports)
            {
                Import(unit, path, place);
            }
        }
    }

    private void Import(FileUnit unit, string path, SourcePlace place)
    {
        string joined = Join(unit.File.Path, path);
        if (!_units.TryGetValue(joined, out FileUnit? imported))
        {
            if (_asked.Count >= ImportsMax)
            {
                _diagnostics.Error(place, "KK1012", $"more than {ImportsMax} files are imported; merge some of them");
                return;
            }

            _asked.Add(joined);
            imported = LoadOne(joined, place);
            if (imported is null)
            {
                return;
            }

            _units[joined] = imported;
        }

        if (imported != unit && !unit.Imports.Contains(imported))
        {
            unit.Imports.Add(imported);
        }
    }

    private FileUnit? LoadOne(string path, SourcePlace asker)
    {
        string? text = _readFile(path);
        if (text is null)
        {
            _diagnostics.Error(asker, "KK1011", $"the file `{path}` cannot be read; imports are relative to their "
                + $"file");
            return null;
        }

        var file = new SourceFile(path, text.Length > FileLengthMax ? "" : text);
        if (text.Length > FileLengthMax)
        {
            _diagnostics.Error(file.Start, "KK1007", $"the file is longer than {FileLengthMax} characters; split it");
            return null;
        }

        var unit = new FileUnit(file, Parser.Parse(file, _diagnostics));
        Units.Add(unit);
        return unit;
    }
}

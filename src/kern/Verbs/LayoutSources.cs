using System.Reflection;
using System.Text;
using KernKit.Layout.Compiler;
using KernKit.Volumes;

namespace KernKit.Command.Verbs;

/// <summary>Where schemas come from: files, and those that the command carries.</summary>
internal static class LayoutSources
{
    private const string Prefix = "layouts/";

    /// <summary>The largest schema file that is read, in bytes; the compiler's own limit is lower.</summary>
    private const int FileBytesMax = 8 << 20;

    /// <summary>The schemas inside the command, as <c>layouts/ufs/dinode.layout</c>, sorted.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Splits <c>SCHEMA:STRUCT</c>; a path that holds a colon may still be given if it ends in
    /// .layout.</summary>
    public static (string Schema, string? Structure) Split(string argument)
    {
        var colon = argument.LastIndexOf(':');
        return colon <= 0 || argument.EndsWith(".layout", StringComparison.Ordinal)
            ? (argument, null)
            : (argument[..colon], argument[(colon + 1)..]);
    }

    /// <summary>The schema files that an argument names.</summary>
    /// <exception cref="VolumeException">There is no such file, and no schema of that name.</exception>
    public static IReadOnlyList<string> Resolve(string argument)
    {
        if (argument.EndsWith(".layout", StringComparison.Ordinal) || File.Exists(argument))
        {
            return File.Exists(argument)
                ? [argument]
                : throw new VolumeException(VolumeError.System, $"{argument}: there is no such file");
        }

        var name = Prefix + argument;
        var found =
            BuiltIn.Where(path => path == name + ".layout"
            || path.StartsWith(name + "/", StringComparison.Ordinal)).ToList();
        return found.Count > 0
            ? found
            : throw new VolumeException(
                VolumeError.NotFound,
                $"{argument}: no file, and no schema of that name; kern has {string.Join(", ", Families())}");
    }

    /// <summary>The folders of the schemas inside the command.</summary>
    public static IEnumerable<string> Families() => BuiltIn
        .Select(static path => path[Prefix.Length..path.IndexOf('/', Prefix.Length)])
        .Distinct();

    /// <summary>The text of a schema, or null if there is none; what the compiler asks for.</summary>
    public static string? Read(string path)
    {
        if (BuiltIn.Contains(path) && !File.Exists(path))
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(path)!;
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd();
        }

        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        return file.Length <= FileBytesMax
            ? File.ReadAllText(path)
            : throw new VolumeException(VolumeError.Unsupported,
                $"{path}: {file.Length} bytes; a schema has at most {FileBytesMax}");
    }

    /// <summary>Writes the compiler's messages; true if one is an error, which is status 3.</summary>
    public static bool Report(Session session, IEnumerable<LayoutDiagnostic> messages)
    {
        var failed = false;
        foreach (var message in messages)
        {
            failed |= message.IsError;
            if (message.IsError)
            {
                session.Diagnostics.Report(
                    $"{message.File}({message.Line},{message.Column})",
                    default,
                    new VolumeException(VolumeError.Unsupported, $"error {message.Code}: {message.Message}"));
            }
            else
            {
                session.Diagnostics.Note(message.ToString());
            }
        }

        return failed;
    }
}

using System.Text.Json;

namespace KernKit.Build;

/// <summary>
/// A declared graph outside of MSBuild: <c>kernbuild.json</c>, with the names that MSBuild's items have.
/// </summary>
/// <remarks>
/// <code>
/// {
///   "state": ".kernbuild",
///   "generators": { "header": { "command": "awk -f gen.awk {Input} > {Output}", "outputs": "{Filename}.h" } },
///   "generate": [ { "include": "schemas/**/*.s", "generator": "header", "Prefix": "kk_" } ]
/// }
/// </code>
/// A list may be an array of strings or one string with semicolons. Names ignore case; comments and trailing commas are
/// allowed. The file itself is no input: what it says is part of each step's identity.
/// </remarks>
internal static class GraphFile
{
    /// <summary>The name that is looked for.</summary>
    public const string FileName = "kernbuild.json";

    private const int FileBytesMax = 4 << 20;
    private const string DefaultState = ".kernbuild";

    /// <summary>Reads a graph.</summary>
    /// <param name="path">The file; its directory is the project's.</param>
    /// <returns>The declaration.</returns>
    /// <exception cref="DeclarationException">The file is no graph; line and column are in the message.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static BuildDeclaration Read(string path)
    {
        var full = Path.GetFullPath(path);
        var size = FileStamp.Of(full).SizeBytes;
        if (size is < 0 or > FileBytesMax)
        {
            throw size < 0
                ? new FileNotFoundException(
                    $"{path}: there is no such file; write one (docs/build.md), or name another")
                : new DeclarationException("KK9010", $"{path}: more than {FileBytesMax} bytes are no graph");
        }

        var reader = new Utf8JsonReader(File.ReadAllBytes(full), new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = 8,
        });
        try
        {
            return Read(ref reader, Path.GetDirectoryName(full)!) with { ReadFiles = [full] };
        }
        catch (JsonException error)
        {
            // The library's message ends with a path and a line of its own counting.
            var message = error.Message.Split(". Path:")[0].Split(" LineNumber:")[0];
            throw new DeclarationException(
                "KK9010", $"{path}({error.LineNumber + 1},{error.BytePositionInLine + 1}): {message}");
        }
        catch (DeclarationException error)
        {
            throw new DeclarationException(error.Code, $"{path}: {error.Message}");
        }
    }

    /// <summary>The state directory of a graph that names none.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <returns>Absolute.</returns>
    public static string DefaultStateOf(string path) => Path.Join(Path.GetDirectoryName(path), DefaultState);

    /// <summary>The state directory of a graph, read as cheaply as possible.</summary>
    /// <param name="full">The file, absolute.</param>
    /// <returns>Absolute; null if the file is not plainly a graph, which reading it whole will explain.</returns>
    public static string? StateOf(string full)
    {
        if (FileStamp.Of(full).SizeBytes is < 0 or > FileBytesMax)
        {
            return null;
        }

        var reader = new Utf8JsonReader(File.ReadAllBytes(full), new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = 8,
        });
        try
        {
            var state = DefaultState;
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isState = reader.GetString()!.Equals("state", StringComparison.OrdinalIgnoreCase);
                reader.Read();
                if (isState && reader.TokenType == JsonTokenType.String)
                {
                    state = reader.GetString()!;
                }

                reader.Skip();
            }

            return Path.GetFullPath(state, Path.GetDirectoryName(full)!);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static BuildDeclaration Read(ref Utf8JsonReader reader, string directory)
    {
        var state = DefaultState;
        var generators = new List<Dictionary<string, string>>();
        var includes = new List<Dictionary<string, string>>();
        Next(ref reader, JsonTokenType.StartObject, "a graph is an object");
        while (NextName(ref reader) is { } name)
        {
            switch (name.ToUpperInvariant())
            {
                case "$SCHEMA":
                    Value(ref reader);
                    break;
                case "STATE":
                    state = Value(ref reader);
                    break;
                case "GENERATORS":
                    Next(ref reader, JsonTokenType.StartObject, "generators is an object with an entry for each");
                    while (NextName(ref reader) is { } generator)
                    {
                        var values = Values(ref reader, $"generator {generator} is an object");
                        values["Name"] = generator;
                        generators.Add(values);
                    }

                    break;
                case "GENERATE":
                    Next(ref reader, JsonTokenType.StartArray, "generate is an array of objects");
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        includes.Add(ValuesHere(ref reader, "generate holds objects"));
                    }

                    break;
                default:
                    throw new DeclarationException(
                        "KK9010", $"'{name}' is unknown; a graph has state, generators and generate");
            }
        }

        var listed = new List<string>();
        var inputs = includes.SelectMany(item => Inputs(item, directory, listed)).ToList();
        return BuildDeclaration.From(directory, state, "", generators, inputs) with { ListedDirectories = listed };
    }

    private static IEnumerable<Dictionary<string, string>> Inputs(
        Dictionary<string, string> item, string directory, List<string> listed)
    {
        if (!item.Remove("include", out var include))
        {
            throw new DeclarationException("KK9010", "an entry of generate lacks \"include\"");
        }

        foreach (var pattern in include.Split(
            ';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var star = pattern.IndexOf("**", StringComparison.Ordinal);
            foreach (var path in Glob.IsGlob(pattern) ? Glob.Expand(directory, pattern, listed) : [pattern])
            {
                var slash = path.LastIndexOf('/');
                yield return new Dictionary<string, string>(item, StringComparer.OrdinalIgnoreCase)
                {
                    ["Path"] = path,
                    ["RecursiveDir"] = star >= 0 && slash >= star ? path[star..(slash + 1)] : "",
                };
            }
        }
    }

    private static void Next(ref Utf8JsonReader reader, JsonTokenType type, string otherwise)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new DeclarationException("KK9010", otherwise);
        }
    }

    private static string? NextName(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;

    private static Dictionary<string, string> Values(ref Utf8JsonReader reader, string otherwise) =>
        reader.Read() ? ValuesHere(ref reader, otherwise) : throw new DeclarationException("KK9010", otherwise);

    private static Dictionary<string, string> ValuesHere(ref Utf8JsonReader reader, string otherwise)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new DeclarationException("KK9010", otherwise);
        }

        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (NextName(ref reader) is { } name)
        {
            values[name] = Value(ref reader);
        }

        return values;
    }

    /// <summary>A string, a number, a truth, or an array of strings as a list.</summary>
    private static string Value(ref Utf8JsonReader reader)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString()!;
            case JsonTokenType.Number:
                return System.Text.Encoding.UTF8.GetString(reader.ValueSpan);
            case JsonTokenType.True:
                return "true";
            case JsonTokenType.False:
                return "false";
            case JsonTokenType.StartArray:
                var list = new List<string>();
                while (reader.Read() && reader.TokenType == JsonTokenType.String)
                {
                    list.Add(reader.GetString()!);
                }

                if (reader.TokenType == JsonTokenType.EndArray)
                {
                    return string.Join(';', list);
                }

                break;
        }

        throw new DeclarationException("KK9010", "values are strings, numbers, true, false and arrays of strings");
    }
}

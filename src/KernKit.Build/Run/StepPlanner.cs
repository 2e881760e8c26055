using System.Text;

namespace KernKit.Build;

/// <summary>
/// Turns a step that is ready into work: fills in the command, finds the program, writes the identity.
/// </summary>
/// <param name="declaration">The graph's declaration.</param>
/// <param name="graph">The graph.</param>
/// <param name="files">Hashes.</param>
/// <param name="environment">The variables of the build.</param>
/// <param name="engineTools">Absolute paths of the engine's own files, the program of its own classes.</param>
internal sealed class StepPlanner(
    BuildDeclaration declaration,
    BuildGraph graph,
    KnownFiles files,
    IReadOnlyDictionary<string, string> environment,
    IReadOnlyList<string> engineTools)
{
    private const int ProgramFilesMax = 2000;

    private readonly Dictionary<string, string> _programs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _programFiles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _isFile = new(StringComparer.Ordinal);

    /// <summary>Places where something was looked for and is not, absolute.</summary>
    public HashSet<string> Missing { get; } = new(StringComparer.Ordinal);

    /// <summary>Directories that were listed, absolute.</summary>
    public List<string> Listed { get; } = [];

    /// <summary>Plans.</summary>
    /// <param name="step">A step whose needs are done.</param>
    /// <returns>The work.</returns>
    /// <exception cref="DeclarationException">A placeholder is unknown, or there is no such program.</exception>
    public StepWork Plan(Step step)
    {
        var generator = step.Generator;
        var inputs = graph.DeclaredInputs(step);
        var words = new List<string>();
        var standardOutput = "";
        if (generator.IsProcess)
        {
            words = Words(step);
            var redirect = words.LastIndexOf(">");
            if (redirect >= 0)
            {
                standardOutput = redirect == words.Count - 2 &&
                    words[^1].StartsWith(StepWork.OutToken + "/", StringComparison.Ordinal)
                    ? words[^1][(StepWork.OutToken.Length + 1)..]
                    : throw new DeclarationException("KK9010",
                        $"generator {generator.Name}: '>' is followed by {{Output}} and nothing else");
                words.RemoveRange(redirect, 2);
            }

            inputs = WithFilesOfCommand(inputs, words);
        }

        var (program, arguments, programFiles) = Program(generator, words);
        var depfile = Template.Expand(generator.Depfile, name => Placeholder(step, name), step.Key);
        if (depfile.StartsWith(StepWork.OutToken + "/", StringComparison.Ordinal))
        {
            depfile = depfile[(StepWork.OutToken.Length + 1)..];
        }

        if (depfile.Length > 0 && !ProjectPath.IsBelow(depfile))
        {
            throw new DeclarationException("KK9010",
                $"{step.Key}: Depfile '{depfile}' does not lie below the generator's output directory");
        }

        var variables = Environment(step);
        string[] programHashes = [.. programFiles.Select(file =>
            files.HashOf(ProjectPath.Relative(declaration.ProjectDirectory, file)))];
        string[] inputHashes = [.. inputs.Select(files.HashOf)];
        var absent = Array.IndexOf(inputHashes, FileState.Absent);
        if (absent >= 0)
        {
            throw new DeclarationException("KK9023",
                $"{step.Key}: input {inputs[absent]} does not exist, and no generator makes it; correct its name");
        }

        return new StepWork
        {
            Step = step,
            Identity = Identity(
                step, inputs.Zip(inputHashes), arguments, standardOutput, depfile, variables,
                programFiles.Zip(programHashes)),
            DeclaredInputs = inputs,
            InputHashes = inputHashes,
            Program = program,
            Arguments = arguments,
            StandardOutput = standardOutput,
            Depfile = depfile,
            Environment = variables,
            ProgramFiles = programFiles,
            ProgramHashes = programHashes,
        };
    }

    private string Identity(
        Step step,
        IEnumerable<(string Path, string Hash)> inputs,
        IReadOnlyList<string> arguments,
        string standardOutput,
        string depfile,
        List<string> variables,
        IEnumerable<(string Path, string Hash)> programFiles)
    {
        var generator = step.Generator;
        var identity = new StringBuilder(512);
        StepIdentity.Append(identity, "format", "3");
        StepIdentity.Append(identity, "generator", generator.Name);
        StepIdentity.Append(identity, "type", generator.Type);
        foreach (var (file, hash) in programFiles)
        {
            StepIdentity.Append(identity, "program " + Path.GetFileName(file), hash);
        }

        if (generator.IsProcess)
        {
            StepIdentity.Append(identity, "command", string.Join('\n', arguments));
            StepIdentity.Append(identity, "standard output", standardOutput);
        }
        else
        {
            // A class may ask how a file is seen from an output.
            StepIdentity.Append(identity, "place", Path.GetRelativePath(
                generator.OutputDirectory, declaration.ProjectDirectory));
            foreach (var (name, value) in step.Options.OrderBy(static option => option.Key, StringComparer.Ordinal))
            {
                StepIdentity.Append(identity, "option " + name, Portable(value));
            }
        }

        variables.ForEach(variable => StepIdentity.Append(
            identity,
            "environment " + variable.Split('=')[0],
            variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..]));
        // Of the inputs below some are its own, others only have to be there; and their order is that of {Inputs}.
        StepIdentity.Append(identity, "list of inputs", string.Join('\n', step.Inputs.Select(Portable)));
        StepIdentity.Append(identity, "output", string.Join(' ', step.Predicted.Select(static output => output.Name)) +
            (generator.IsTree ? " **" : ""));
        StepIdentity.Append(identity, "depfile", depfile);
        foreach (var (input, hash) in inputs)
        {
            StepIdentity.Append(identity, "input " + Portable(input), hash);
        }

        return identity.ToString();
    }

    /// <summary>
    /// An option may hold an absolute path; what lies in the project or in a package is named by a token.
    /// </summary>
    private string Portable(string value)
    {
        if (!value.Contains('/', StringComparison.Ordinal))
        {
            return value;
        }

        var text = declaration.PackageDirectory.Length > 1
            ? value.Replace(declaration.PackageDirectory, StepWork.PackagesToken, StringComparison.Ordinal)
            : value;
        return text.Replace(declaration.ProjectDirectory, StepWork.ProjectToken, StringComparison.Ordinal);
    }

    private List<string> Words(Step step)
    {
        var generator = step.Generator;
        if (!_words.TryGetValue(generator.Name, out var patterns))
        {
            patterns = CommandWords.Split(generator.Command, generator.Name);
            _words[generator.Name] = patterns;
        }

        var words = new List<string>(patterns.Count);
        foreach (var pattern in patterns)
        {
            if (pattern == "{Inputs}")
            {
                words.AddRange(step.Inputs);
            }
            else
            {
                words.Add(Portable(Template.Expand(pattern, name => Placeholder(step, name), step.Key)));
            }
        }

        return words;
    }

    private string? Placeholder(Step step, string name)
    {
        if (name.StartsWith("Output", StringComparison.Ordinal))
        {
            if (name is "OutputDirectory")
            {
                return StepWork.OutToken;
            }

            var number = name.Length == 6 ? 1 : int.TryParse(name.AsSpan(6), out var given) ? given : 0;
            if (number >= 1 && number <= step.Predicted.Count)
            {
                return StepWork.OutToken + "/" + step.Predicted[number - 1].Name;
            }
        }

        return name switch
        {
            "out" => StepWork.OutToken,
            "Depfile" => StepWork.OutToken + "/" +
                Template.Expand(step.Generator.Depfile, inner => Placeholder(step, inner), step.Key),
            "InputList" => StepWork.OutToken + ".inputs",
            "ProjectDirectory" => StepWork.ProjectToken,
            "InputFromOutput" when step.Predicted.Count > 0 && step.Inputs.Count > 0 =>
                FromOutput(step.Predicted[0].Path, step.Placeholder("Input")!),
            _ => step.Placeholder(name),
        };
    }

    /// <summary>A file's path as seen from the directory of an output.</summary>
    /// <param name="output">Relative to the project.</param>
    /// <param name="path">Relative to the project.</param>
    /// <returns>With forward slashes.</returns>
    public string FromOutput(string output, string path) => Path.IsPathRooted(path)
        ? path
        : Path.GetRelativePath(
            Path.GetDirectoryName(Path.GetFullPath(output, declaration.ProjectDirectory))!,
            Path.GetFullPath(path, declaration.ProjectDirectory)).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>A script that is named in a command is an input of it, said or not.</summary>
    private IReadOnlyList<string> WithFilesOfCommand(IReadOnlyList<string> inputs, List<string> words)
    {
        SortedSet<string>? all = null;
        foreach (var word in words.Skip(1))
        {
            if (word.Length is > 0 and < 1024 && word[0] != '-' &&
                !word.Contains(StepWork.OutToken, StringComparison.Ordinal) &&
                !inputs.Contains(word) && IsFile(word))
            {
                all ??= new SortedSet<string>(inputs, StringComparer.Ordinal);
                all.Add(ProjectPath.Relative(declaration.ProjectDirectory, Full(word)));
            }
        }

        return all is null ? inputs : [.. all];
    }

    private bool IsFile(string word)
    {
        if (!_isFile.TryGetValue(word, out var isFile))
        {
            isFile = FileStamp.Of(Full(word)).Exists;
            if (!isFile)
            {
                Missing.Add(Full(word));
            }

            _isFile[word] = isFile;
        }

        return isFile;
    }

    private string Full(string word) => Path.GetFullPath(
        word.Replace(StepWork.ProjectToken, declaration.ProjectDirectory, StringComparison.Ordinal)
            .Replace(StepWork.PackagesToken, declaration.PackageDirectory, StringComparison.Ordinal),
        declaration.ProjectDirectory);

    private (string Program, IReadOnlyList<string> Arguments, IReadOnlyList<string> Files) Program(
        GeneratorDeclaration generator, List<string> words)
    {
        if (!generator.IsProcess)
        {
            return ("", [], generator.Assembly.Length == 0
                ? engineTools
                : Closure(generator, Path.GetFullPath(generator.Assembly, declaration.ProjectDirectory)));
        }

        if (generator.Tool.Length > 0)
        {
            var tool = Path.GetFullPath(generator.Tool, declaration.ProjectDirectory);
            var dotnet = environment.GetValueOrDefault("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";
            return (Find(dotnet, generator), ["exec", Portable(tool), .. words], Closure(generator, tool));
        }

        if (words.Count == 0)
        {
            throw new DeclarationException("KK9010", $"generator {generator.Name}: Command is empty");
        }

        var program = Find(words[0], generator);
        return (program, words[1..], [program]);
    }

    private string Find(string word, GeneratorDeclaration generator)
    {
        if (_programs.TryGetValue(word, out var program))
        {
            return program;
        }

        var places = word.Contains('/', StringComparison.Ordinal)
            ? [Full(word)]
            : environment.GetValueOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin").Split(':')
                .Where(static place => Path.IsPathRooted(place))
                .Select(place => Path.Join(place, word));
        foreach (var place in places)
        {
            if (FileStamp.Of(place).Exists)
            {
                return _programs[word] = place;
            }

            Missing.Add(place);
        }

        throw new DeclarationException("KK9020",
            $"generator {generator.Name}: there is no program '{word}'" +
            (word.Contains('/', StringComparison.Ordinal) ? "" : " on PATH") + "; install it, or correct Command");
    }

    /// <summary>A .NET program is its DLL with what lies beside it.</summary>
    private IReadOnlyList<string> Closure(GeneratorDeclaration generator, string assembly)
    {
        if (_programFiles.TryGetValue(assembly, out var closure))
        {
            return closure;
        }

        if (!FileStamp.Of(assembly).Exists)
        {
            throw new DeclarationException("KK9020",
                $"generator {generator.Name}: {assembly} is not there; build or restore it first");
        }

        Listed.Add(Path.GetDirectoryName(assembly)!);
        closure = [.. Directory.EnumerateFiles(Path.GetDirectoryName(assembly)!)
            .Where(static path => path.EndsWith(".dll", StringComparison.Ordinal) ||
                path.EndsWith(".deps.json", StringComparison.Ordinal) ||
                path.EndsWith(".runtimeconfig.json", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
        if (closure.Count > ProgramFilesMax)
        {
            throw new DeclarationException("KK9020", $"generator {generator.Name}: {closure.Count} files lie beside " +
                $"{assembly}, and {ProgramFilesMax} are the limit; give it a directory of its own");
        }

        _programFiles[assembly] = closure;
        return closure;
    }

    private List<string> Environment(Step step)
    {
        var variables = new List<string>();
        foreach (var entry in step.Generator.Environment)
        {
            var split = entry.IndexOf('=', StringComparison.Ordinal);
            if (split > 0)
            {
                variables.Add(entry[..(split + 1)] +
                    Portable(Template.Expand(entry[(split + 1)..], name => Placeholder(step, name), step.Key)));
            }
            else if (environment.TryGetValue(entry, out var value))
            {
                variables.Add(entry + "=" + Portable(value));
            }
        }

        variables.Sort(StringComparer.Ordinal);
        return variables;
    }
}

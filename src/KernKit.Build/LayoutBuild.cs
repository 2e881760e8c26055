using System.Diagnostics;
using System.Text;
using KernKit.Layout.Compiler;

namespace KernKit.Build;

/// <summary>One run of the hook over one project.</summary>
/// <remarks>
/// <para>
/// A *step* is one schema; one more step, named "", makes the support types. A step is up to date if nothing that it
/// depends on differs from what its record says, by content:
/// </para>
/// <code>
/// identity      format, hashes of the tools' files, options, the schema's name and hash       known before it runs
/// discovered    imported files, also those that were looked for and are missing               known since it ran
/// outputs       each is there and holds what was written
/// </code>
/// <para>
/// Hashes come from stamps where a stamp can be trusted (<see cref="FileState.IsTrusted"/>), so a run with nothing to
/// do reads one database, asks for the stamps, hashes nothing, takes no lock and loads no compiler.
/// </para>
/// <para>Otherwise, under the lock, and after reading the database again (another build may have done the work):</para>
/// <list type="number">
/// <item>each step that is not up to date runs; a failed one keeps its old outputs and is marked to run again;</item>
/// <item>outputs whose content differs are replaced, each by a rename; equal ones keep their times, so that the
/// compiler after us has nothing to do (early cutoff);</item>
/// <item>files in <c>layout/</c> that no step owns are deleted;</item>
/// <item>the database is replaced, last: killed before, the next run finds outputs that differ from their record and
/// runs those steps again.</item>
/// </list>
/// <para>Not done: parallel steps (100 schemas take less time than starting a second thread pool is worth).</para>
/// </remarks>
internal sealed class LayoutBuild
{
    private const string SupportStep = "";
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DesignTimeLimit = TimeSpan.FromSeconds(2);
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly LayoutRequest _request;
    private readonly string _databasePath;
    private readonly string _lockPath;
    private readonly OutputTree _outputs;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private BuildDatabase _database = new();
    private KnownFiles _files;
    private string _toolsIdentity = "";

    /// <summary>Prepares a run.</summary>
    /// <param name="request">What to do.</param>
    public LayoutBuild(LayoutRequest request)
    {
        _request = request;
        _databasePath = Path.Join(request.IntermediateDirectory, "kernkit.build.db");
        _lockPath = Path.Join(request.IntermediateDirectory, "kernkit.build.lock");
        _outputs = new OutputTree(
            Path.Join(request.IntermediateDirectory, "layout"), Path.Join(request.IntermediateDirectory, "layout.tmp"));
        _files = new KnownFiles(request.ProjectDirectory, _database);
    }

    /// <summary>How many steps ran.</summary>
    public int StepsRun { get; private set; }

    /// <summary>Absolute paths of the C# that there is now, sorted.</summary>
    public IEnumerable<string> Sources => _database.Steps.Values
        .SelectMany(static step => step.Outputs.Keys)
        .Select(_outputs.PathOf)
        .Where(File.Exists)
        .Order(StringComparer.Ordinal);

    /// <summary>Absolute paths of all that a clean has to remove.</summary>
    public IEnumerable<string> WrittenFiles => [.. Sources, _databasePath, _lockPath];

    // "" first, so that it sorts as the database does.
    private IEnumerable<string> AllSteps => _request.Schemas.Count == 0 ? [] : [SupportStep, .. _request.Schemas];

    /// <summary>Brings everything up to date, or reports why not.</summary>
    public void Run()
    {
        LoadDatabase();
        if (!OptionsAreValid())
        {
            return;
        }

        if (IsUpToDate(out var cause))
        {
            SaveRefreshedStamps();
        }
        else if (_request.Question)
        {
            _request.Report("error", "KK9006", "", 0, 0, $"generated C# is out of date: {cause}");
            return;
        }
        else
        {
            RunLocked();
        }

        foreach (var warning in AllSteps.SelectMany(step => Record(step).Warnings))
        {
            Report("warning", warning.Code, warning.File, warning.Line, warning.Column, warning.Message);
        }
    }

    private GenerationStep Record(string step) => _database.Steps.GetValueOrDefault(step, GenerationStep.None);

    private string OutputPath(string name) =>
        LayoutRequest.RelativePath(_request.ProjectDirectory, _outputs.PathOf(name));

    private void LoadDatabase()
    {
        _database = BuildDatabase.Read(_databasePath);
        _files = new KnownFiles(_request.ProjectDirectory, _database);
        var identity = new StringBuilder().Append(BuildDatabase.FormatVersion);
        foreach (var tool in _request.Tools)
        {
            var path = LayoutRequest.RelativePath(_request.ProjectDirectory, tool.Path);
            if (!_database.Files.TryGetValue(path, out var state) || state.Stamp != tool.Stamp || !state.IsTrusted)
            {
                // The hash of the loaded bytes, not of the file: what runs is what counts.
                state = new FileState(tool.Stamp, FileState.HashOf(tool.Bytes), tool.ReadAtNanoseconds);
            }

            _files.Remember(path, state);
            identity.Append(' ').Append(state.Hash);
        }

        _toolsIdentity = identity.ToString();
    }

    private bool OptionsAreValid()
    {
        static bool IsIdentifier(string text) =>
            text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(static c => char.IsLetterOrDigit(c) || c == '_');

        if (!Array.TrueForAll(_request.Namespace.Split('.'), IsIdentifier))
        {
            Report("error", "KK9004", "", 0, 0,
                $"LayoutNamespace '{_request.Namespace}' is no C# namespace; set the property to dotted identifiers");
            return false;
        }

        if (_request.Visibility is not ("internal" or "public"))
        {
            Report("error", "KK9004", "", 0, 0,
                $"LayoutVisibility '{_request.Visibility}' is unknown; it is internal or public");
            return false;
        }

        return true;
    }

    private bool IsUpToDate(out string cause)
    {
        foreach (var step in AllSteps)
        {
            if (CauseToRun(step) is { } reason)
            {
                cause = reason;
                return false;
            }
        }

        var obsolete = _database.Steps.Keys.Except(AllSteps, StringComparer.Ordinal).FirstOrDefault();
        cause = obsolete is null ? "" : $"{obsolete}: no longer in the project";
        return obsolete is null;
    }

    private string Identity(string step) => string.Join(
        '\n',
        _toolsIdentity,
        _request.Namespace,
        _request.Objects ? _request.Visibility + " with objects" : _request.Visibility,
        step,
        step == SupportStep ? "" : _files.HashOf(step));

    /// <summary>Why a step has to run, as a person would say it; null if it need not.</summary>
    private string? CauseToRun(string step)
    {
        var name = step == SupportStep ? "support types" : step;
        var record = Record(step);
        var identity = Identity(step);
        if (record.Identity.Length == 0)
        {
            return $"{name}: never built";
        }

        if (record.Identity != identity)
        {
            var parts = new[] { "build tools", "namespace", "visibility", "name", "schema" };
            var (before, now) = (record.Identity.Split('\n'), identity.Split('\n'));
            var changed = parts.Where((_, i) => i < before.Length && i < now.Length && before[i] != now[i]);
            return $"{name}: changed {string.Join(", ", changed)}";
        }

        foreach (var (path, hash) in record.Discovered)
        {
            if (_files.HashOf(path) != hash)
            {
                return $"{name}: changed import {path}";
            }
        }

        foreach (var (output, hash) in record.Outputs)
        {
            if (_files.HashOf(OutputPath(output)) != hash)
            {
                return $"{name}: output {output} is missing or was edited";
            }
        }

        return null;
    }

    private void RunLocked()
    {
        Directory.CreateDirectory(_request.IntermediateDirectory);
        var timeout = _request.DesignTime ? DesignTimeLimit : LockTimeout;
        using var held = BuildLock.TryTake(_lockPath, timeout, _request.Cancellation);
        if (held is null)
        {
            Report("error", "KK9005", "", 0, 0,
                $"another build has held {_lockPath} for {timeout.TotalSeconds} s; wait for it or end it");
            return;
        }

        LoadDatabase();
        _outputs.RemoveTemporary();
        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var step in AllSteps)
        {
            var cause = CauseToRun(step);
            if (cause is not null && !MustStop())
            {
                Report("message", "", "", 0, 0, $"layout: {cause}");
                RunStep(step, owners);
            }

            foreach (var output in Record(step).Outputs.Keys)
            {
                owners.TryAdd(output, step);
            }
        }

        Prune();
        _outputs.WriteWhole(_databasePath, _database.ToBytes());
        _outputs.RemoveTemporary();
    }

    private bool MustStop() => _request.Cancellation.IsCancellationRequested ||
        (_request.DesignTime && Stopwatch.GetElapsedTime(_startedAt) > DesignTimeLimit);

    private void RunStep(string step, Dictionary<string, string> owners)
    {
        StepsRun++;
        var discovered = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var texts = Generate(step, discovered, out var warnings);
        if (texts is null || !OutputsAreOurs(step, texts.Keys, owners))
        {
            _database.Steps[step] = Record(step) with { Identity = "", Warnings = warnings };
            return;
        }

        var outputs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in texts)
        {
            var (state, _) = _outputs.Write(name, text);
            _files.Remember(OutputPath(name), state);
            outputs[name] = state.Hash;
        }

        _database.Steps[step] = new GenerationStep(Identity(step), discovered, outputs, warnings);
    }

    /// <summary>Calls the schema compiler; null if the schema has errors, which are reported.</summary>
    private IReadOnlyDictionary<string, string>? Generate(
        string step, SortedDictionary<string, string> discovered, out List<StepWarning> warnings)
    {
        warnings = [];
        var options = new CompileOptions
        {
            Namespace = _request.Namespace,
            Visibility = _request.Visibility == "public" ? LayoutVisibility.Public : LayoutVisibility.Internal,
            Objects = _request.Objects,
        };
        try
        {
            if (step == SupportStep)
            {
                return LayoutCompiler.EmitSupport(options);
            }

            var result = LayoutCompiler.Compile(step, path => ReadSchema(step, path, discovered), options);
            foreach (var message in result.Diagnostics.Where(static message => message.IsError))
            {
                Report("error", message.Code, message.File, message.Line, message.Column, message.Message);
            }

            warnings.AddRange(result.Diagnostics
                .Where(static message => !message.IsError)
                .Select(static m => new StepWarning(m.File, m.Line, m.Column, m.Code, m.Message)));
            return result.Succeeded ? result.Outputs : null;
        }
        catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
        {
            Report("error", "KK9002", step, 0, 0, $"the schema compiler failed, which is a fault of KernKit: {error}");
            return null;
        }
    }

    private string? ReadSchema(string step, string path, SortedDictionary<string, string> discovered)
    {
        var relative = LayoutRequest.RelativePath(_request.ProjectDirectory, path);
        try
        {
            var bytes = _files.Read(relative);
            if (relative != step)
            {
                discovered[relative] = _files.HashOf(relative);
            }

            var start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
            return bytes is null ? null : StrictUtf8.GetString(bytes.AsSpan(start));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            Report("error", "KK9003", relative, 0, 0, $"cannot be read as UTF-8 text: {error.Message}");
            return null;
        }
    }

    private bool OutputsAreOurs(string step, IEnumerable<string> names, Dictionary<string, string> owners)
    {
        foreach (var name in names)
        {
            if (!OutputTree.IsValidName(name))
            {
                Report("error", "KK9002", step, 0, 0, $"the schema compiler returned the file name '{name}'");
                return false;
            }

            // IncrementalClean and some file systems ignore case, so we must not tell names apart by it.
            if (owners.TryGetValue(name, out var owner) && owner != step)
            {
                Report("error", "KK9007", step, 0, 0,
                    $"generates {name}, and so does {owner}; give one of them another namespace or structure name");
                return false;
            }
        }

        return true;
    }

    /// <summary>Forgets and deletes what no step owns any more.</summary>
    private void Prune()
    {
        foreach (var step in _database.Steps.Keys.Except(AllSteps, StringComparer.Ordinal).ToList())
        {
            Report("message", "", "", 0, 0, $"layout: {step}: no longer in the project");
            _database.Steps.Remove(step);
        }

        var outputs = _database.Steps.Values
            .SelectMany(static step => step.Outputs.Keys)
            .ToHashSet(StringComparer.Ordinal);
        _outputs.Sweep(outputs);
        var used = outputs.Select(OutputPath)
            .Concat(_database.Steps.Keys)
            .Concat(_database.Steps.Values.SelectMany(static step => step.Discovered.Keys))
            .Concat(_request.Tools.Select(tool => LayoutRequest.RelativePath(_request.ProjectDirectory, tool.Path)))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var path in _database.Files.Keys.Where(path => !used.Contains(path)).ToList())
        {
            _database.Files.Remove(path);
        }
    }

    /// <summary>Touched files were hashed for nothing; remember their new stamps, if that is easily done.</summary>
    private void SaveRefreshedStamps()
    {
        if (!_database.IsChanged || _request.Question || _request.Schemas.Count == 0)
        {
            return;
        }

        try
        {
            using var held = BuildLock.TryTake(_lockPath, TimeSpan.Zero, CancellationToken.None);
            if (held is not null)
            {
                _outputs.WriteWhole(_databasePath, _database.ToBytes());
                _outputs.RemoveTemporary();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Report("message", "", "", 0, 0, $"layout: the database was not refreshed: {error.Message}");
        }
    }

    private void Report(string kind, string code, string file, int line, int column, string message) => _request.Report(
        kind == "error" && _request.DesignTime ? "warning" : kind,
        code,
        file.Length == 0 ? "" : Path.GetFullPath(file, _request.ProjectDirectory),
        line,
        column,
        message);
}

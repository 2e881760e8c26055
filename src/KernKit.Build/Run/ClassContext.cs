using System.Collections.Concurrent;

namespace KernKit.Build;

/// <summary>The <see cref="GenerationContext"/> of one step. A class may call it from several threads.</summary>
internal sealed class ClassContext(
    StepWork work,
    PrivateDirectory place,
    BuildDeclaration declaration,
    string projectDirectory,
    KnownFiles files,
    CancellationToken cancellation) : GenerationContext
{
    private const int MessagesMax = 1000;
    private readonly ConcurrentDictionary<string, string?> _discovered = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<StepMessage> _messages = new();

    /// <inheritdoc/>
    public override string Generator => work.Step.Generator.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Inputs => work.Step.Inputs;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Options => work.Step.Options;

    /// <inheritdoc/>
    public override CancellationToken Cancellation => cancellation;

    /// <summary>What was read and not declared, with the hash of what was read first.</summary>
    public IReadOnlyDictionary<string, string?> Discovered => _discovered;

    /// <summary>What was written.</summary>
    public IEnumerable<string> Names => _names.Keys.Order(StringComparer.Ordinal);

    /// <summary>What was said.</summary>
    public IEnumerable<StepMessage> Messages => _messages;

    /// <inheritdoc/>
    public override byte[]? Read(string path)
    {
        cancellation.ThrowIfCancellationRequested();
        var relative = ProjectPath.Relative(projectDirectory, path);
        if (projectDirectory == declaration.ProjectDirectory)
        {
            var content = files.Read(relative, out var hash);
            if (!work.DeclaredInputs.Contains(relative))
            {
                _discovered.TryAdd(relative, hash);
            }

            return content;
        }

        // A copy of the project, for an examination: nothing of it is recorded.
        var full = Path.GetFullPath(relative, projectDirectory);
        return FileStamp.Of(full).SizeBytes is >= 0 and <= (16 << 20) ? File.ReadAllBytes(full) : null;
    }

    /// <inheritdoc/>
    public override void Write(string name, ReadOnlySpan<byte> content)
    {
        // One that was given up must leave nothing behind.
        cancellation.ThrowIfCancellationRequested();
        if (!ProjectPath.IsBelow(name))
        {
            throw new ArgumentException($"'{name}' does not lie below the output directory", nameof(name));
        }

        if (!_names.TryAdd(name, true))
        {
            throw new ArgumentException($"'{name}' was written already", nameof(name));
        }

        var path = Path.Join(place.Output, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    /// <inheritdoc/>
    public override void Report(bool isError, string file, int line, int column, string code, string message)
    {
        if (_messages.Count < MessagesMax)
        {
            var path = file.Length == 0 ? "" : ProjectPath.Relative(projectDirectory, file);
            _messages.Enqueue(new StepMessage(isError, path, line, column, code, message));
        }
    }

    /// <inheritdoc/>
    public override string PathFromOutput(string name, string path)
    {
        var output = Path.GetFullPath(name, work.Step.Generator.OutputDirectory);
        var full = Path.GetFullPath(path, declaration.ProjectDirectory);
        return Path.GetRelativePath(Path.GetDirectoryName(output)!, full).Replace(Path.DirectorySeparatorChar, '/');
    }
}

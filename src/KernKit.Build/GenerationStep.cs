namespace KernKit.Build;

/// <summary>What the database remembers of one schema (or of the support types, whose schema is "").</summary>
/// <param name="Identity">
/// All that was known before the step ran, as text: format, tools, options, schema and its hash. Kept as text rather
/// than as its hash: comparing needs no cryptography, and a person can read why two differ. Empty after a failure.
/// </param>
/// <param name="Discovered">Files that the run turned out to depend on, with the hash it saw.</param>
/// <param name="Outputs">Relative names under <c>layout/</c> with the hash of what was written.</param>
/// <param name="Warnings">Repeated on every build: silence would mean that they are gone.</param>
internal sealed record GenerationStep(
    string Identity,
    IReadOnlyDictionary<string, string> Discovered,
    IReadOnlyDictionary<string, string> Outputs,
    IReadOnlyList<StepWarning> Warnings)
{
    /// <summary>A step that never ran.</summary>
    public static GenerationStep None { get; } =
        new("", new Dictionary<string, string>(), new Dictionary<string, string>(), []);
}

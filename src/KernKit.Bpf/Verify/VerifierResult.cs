using System.Globalization;
using System.Text;

namespace KernKit.Bpf;

/// <summary>Why a program was not accepted: the first failure on the way to it.</summary>
/// <param name="InstructionIndex">The slot; -1 if it is the program as a whole.</param>
/// <param name="Message">What is wrong, in one line, without the place.</param>
/// <param name="Instruction">The instruction as text; empty for the program as a whole.</param>
/// <param name="Source">Where it comes from; null if unknown.</param>
/// <param name="Values">The registers that mattered, one a line, as "r1 = ...".</param>
/// <param name="Advice">What to change; empty if nothing general can be said.</param>
public sealed record VerifierError(
    int InstructionIndex,
    string Message,
    string Instruction,
    SourceLine? Source,
    IReadOnlyList<string> Values,
    string Advice)
{
    /// <summary>The name of the limit in <see cref="VerifierOptions"/> that was reached; null for other
    /// failures.</summary>
    public string? Limit { get; init; }

    /// <summary>The first line: place, instruction and what is wrong.</summary>
    public string Headline => InstructionIndex < 0
        ? $"program: {Message}"
        : string.Create(CultureInfo.InvariantCulture, $"instruction {InstructionIndex}: {Instruction}: {Message}");

    /// <summary>All of it, several lines.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Headline);
        if (Source is { } source)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  at {source.File}:{source.Line}: {source.Text}");
        }

        foreach (var value in Values)
        {
            text.Append("\n  ").Append(value);
        }

        return Advice.Length > 0 ? text.Append("\n  to do: ").Append(Advice).ToString() : text.ToString();
    }
}

/// <summary>A verifier's verdict.</summary>
/// <param name="Error">Why the program was not accepted; null if it was.</param>
/// <param name="Facts">What was proved; nothing for a program that was not accepted.</param>
/// <param name="InstructionsFollowed">Instructions that were followed, all ways counted.</param>
/// <param name="StatesKept">States that were kept for comparison.</param>
/// <param name="AccessCount">Loads, stores and atomic accesses that can be reached.</param>
/// <param name="UnprovedCount">Those that stay checked; 0 under <see cref="VerifierPolicy.Reject"/>.</param>
/// <param name="NeedsFuel">Some loop has no proved bound.</param>
public sealed record VerifierResult(
    VerifierError? Error,
    ProgramFacts Facts,
    int InstructionsFollowed,
    int StatesKept,
    int AccessCount,
    int UnprovedCount,
    bool NeedsFuel)
{
    /// <summary>Whether the program may run.</summary>
    public bool IsAccepted => Error is null;
}

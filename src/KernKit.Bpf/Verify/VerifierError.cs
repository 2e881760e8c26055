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

using KernKit.Bpf.Verify;

namespace KernKit.Bpf;

/// <summary>Proves before a program runs that it does nothing that it may not.</summary>
/// <remarks>
/// <para>The method is abstract interpretation: the program is followed from its first instruction with what is known
/// about each register (<c>AbstractValue</c>: known bits, four ranges, or a pointer with its region and offset)
/// instead of numbers, both ways at each condition that is not decided. What can run into trouble in some state that
/// is possible is refused, or left to checks at run time.</para>
/// <code>
///   way in --> [state] -- instruction --> [state] -- condition --> [taken] ...
///                 ^                                          '---> [not taken] ...
///                 '- where ways meet: dropped if a state seen before covers it; kept apart while there are few;
///                    joined, and widened to constants of the program, when there are many
/// </code>
/// <para>Ways are kept apart (as Linux does) up to <see cref="VerifierOptions.StatesPerInstructionMax"/> states
/// a place, so loops with known counts are simply run through; beyond, states are joined (as PREVAIL does), which ends
/// for any program. A failure in a joined state may come from joining: the program is then followed again with more
/// ways kept apart, at last as long as the limits allow, and only what fails then is a verdict.</para>
/// <para>Loops that were joined need a proof that they end: some register or slot must move in one direction each round
/// within a range (<c>Ghost</c>). Without one, <see cref="VerifierPolicy.Reject"/> refuses and
/// <see cref="VerifierPolicy.Checked"/> leaves the loop to fuel.</para>
/// <para>Decisions: division by zero is defined (RFC 9669) and fine; instructions that nothing leads to are refused, as
/// in Linux, unless <see cref="VerifierOptions.AllowUnreachable"/>; registers r1 to r5 are gone after a call; each
/// function has its own 512 bytes of stack, eight deep.</para>
/// </remarks>
public static class Verifier
{
    /// <summary>Names of program types that <see cref="VerifierOptions.TypeName"/> may give.</summary>
    public static IReadOnlyList<string> TypeNames => TypeRules.Names;

    /// <summary>The type that programs of an ELF section have.</summary>
    /// <param name="section">The section's name.</param>
    /// <returns>A name of <see cref="TypeNames"/>, or null if no type claims the section.</returns>
    public static string? TypeOfSection(string section) => TypeRules.OfSection(section);

    /// <summary>The type whose programs are given a pointer to a C structure.</summary>
    /// <param name="structure">The structure's name, as in linux/bpf.h.</param>
    /// <returns>A name of <see cref="TypeNames"/>, or null if no type has such a context.</returns>
    public static string? TypeOfContext(string structure) => TypeRules.OfStructure(structure);

    /// <summary>Verifies a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">What it is verified against; null for <see cref="VerifierOptions.Default"/>.</param>
    /// <returns>The verdict; a program that is refused is no exception.</returns>
    /// <exception cref="ArgumentException">The type's name is not known.</exception>
    public static VerifierResult Verify(BpfProgram program, VerifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        options ??= VerifierOptions.Default;
        var rules = options.Type is { } type ? TypeRules.From(type, options)
            : TypeRules.Find(options.TypeName, options);
        var flow = new ControlFlow(program);
        VerifierResult? best = null;
        for (var patience = Patience.None; patience <= Patience.Most; patience++)
        {
            var outcome = new Exploration(program, flow, rules, options, patience).Run();
            best = best is null || IsBetter(outcome.Result, best) ? outcome.Result : best;
            if (!outcome.FailedAfterJoin)
            {
                return best;
            }
        }

        return best!;
    }

    // A later verdict is a truer one, unless it only says that the limits did not suffice for it.
    private static bool IsBetter(VerifierResult later, VerifierResult earlier) =>
        later.IsAccepted && earlier.IsAccepted
            ? (later.UnprovedCount, later.NeedsFuel ? 1 : 0).CompareTo(
                (earlier.UnprovedCount, earlier.NeedsFuel ? 1 : 0)) < 0
            : later.IsAccepted || (later.Error!.Limit is null && !earlier.IsAccepted);
}

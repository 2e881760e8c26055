using System.Numerics;

namespace KernKit.Bpf;

/// <summary>The names of an enumeration's or of flags' values.</summary>
/// <param name="Name">The enumeration's name; <c>Name.MEMBER</c> may stand anywhere.</param>
/// <param name="Values">The members.</param>
public sealed record PredicateSymbols(string Name, IReadOnlyDictionary<string, BigInteger> Values);

using KernKit.Bpf.Engine;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify.Tests;

/// <summary>Every transfer function over every small set, at the places where numbers wrap.</summary>
public class TransferTests
{
    private static readonly ulong[] Edges =
        [0, 0x7fff_fffe, 0xffff_fffe, 0x7fff_ffff_ffff_fffe, 0xffff_ffff_ffff_fffe, 0xffff_ffff_7fff_fffe];

    [Fact]
    public void Known_bits_of_four_bits_hold_for_every_pair_of_numbers()
    {
        var all = Bits(4);
        foreach (var a in all)
        {
            foreach (var b in all)
            {
                var (sum, difference, product) = (a + b, a - b, a * b);
                var (and, or, xor, union) = (a & b, a | b, a ^ b, a.Union(b));
                foreach (var x in Members(a, 4))
                {
                    Assert.True(union.Contains(x));
                    foreach (var y in Members(b, 4))
                    {
                        Assert.True(sum.Contains(x + y) && difference.Contains(x - y) && product.Contains(x * y));
                        Assert.True(and.Contains(x & y) && or.Contains(x | y) && xor.Contains(x ^ y));
                        Assert.True(!a.Excludes(b) || x != y);
                        Assert.True(x != y || a.Intersect(b).Contains(x));
                    }
                }
            }
        }
    }

    [Fact]
    public void Instructions_on_every_short_range_at_every_edge_give_what_their_transfer_functions_say()
    {
        var ranges = Ranges();
        var random = new Random(11);
        for (var op = (Op)0; op <= Op.Bswap64; op++)
        {
            foreach (var (a, x) in ranges)
            {
                // Each set meets one in twelve of the others, different ones for each instruction.
                for (var i = random.Next(12); i < ranges.Count; i += 12)
                {
                    var (b, y) = ranges[i];
                    var result = Scalar.Evaluate(op, a, b);
                    foreach (var p in x)
                    {
                        foreach (var q in y)
                        {
                            if (!result.Contains(Alu.Evaluate(op, p, q)))
                            {
                                Assert.Fail($"{op} {a} ({p:x}), {b} ({q:x}): not in {result}");
                            }
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Conditions_on_every_pair_of_short_ranges_lose_no_number_for_which_they_hold()
    {
        var ranges = Ranges();
        for (var op = Op.Jeq32Imm; op <= Op.Jsle64Reg; op++)
        {
            foreach (var (a, x) in ranges)
            {
                foreach (var (b, y) in ranges)
                {
                    var (taken, passed) = (Condition.Of(op), Condition.Of(op).Negated());
                    var ((s, t), (u, v)) = ((a, b), (a, b));
                    Scalar.Restrict(taken, ref s, ref t);
                    Scalar.Restrict(passed, ref u, ref v);
                    foreach (var p in x)
                    {
                        foreach (var q in y)
                        {
                            var isKept = ScalarTests.Holds(op, p, q)
                                ? s.Contains(p) && t.Contains(q) : u.Contains(p) && v.Contains(q);
                            if (!isKept)
                            {
                                Assert.Fail($"{op} {a} ({p:x}), {b} ({q:x})");
                            }
                        }
                    }
                }
            }
        }
    }

    // Ranges of up to five numbers that begin at each place around each edge, and their known bits alone.
    private static List<(Scalar Set, ulong[] Numbers)> Ranges()
    {
        var ranges = new List<(Scalar, ulong[])>();
        foreach (var edge in Edges)
        {
            for (ulong first = 0; first < 3; first++)
            {
                for (var count = 1; count <= 5; count += 2)
                {
                    var numbers = Enumerable.Range(0, count).Select(i => edge + first + (ulong)i).ToArray();
                    var set = numbers.Aggregate(Scalar.Empty, (all, one) => all.Union(Scalar.Constant(one)));
                    ranges.Add((set.Settle(), numbers));
                }
            }
        }

        return ranges;
    }

    private static List<Tnum> Bits(int width)
    {
        var all = new List<Tnum>();
        for (ulong mask = 0; mask < 1UL << width; mask++)
        {
            for (ulong value = 0; value < 1UL << width; value++)
            {
                if ((value & mask) == 0)
                {
                    all.Add(new Tnum(value, mask));
                }
            }
        }

        return all;
    }

    private static IEnumerable<ulong> Members(Tnum bits, int width)
    {
        for (ulong number = 0; number < 1UL << width; number++)
        {
            if (bits.Contains(number))
            {
                yield return number;
            }
        }
    }
}

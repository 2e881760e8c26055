using KernKit.Bpf.Engine;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify.Tests;

public class ScalarTests
{
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 7, 31, 63, 255, 256, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, long.MaxValue,
        1UL << 63, ulong.MaxValue, ulong.MaxValue - 1, 0xffff_ffff_8000_0000,
    ];

    [Fact]
    public void What_an_instruction_gives_is_among_what_its_transfer_function_says()
    {
        var random = new Random(6);
        for (var round = 0; round < 60_000; round++)
        {
            var (a, x) = Draw(random);
            var (b, y) = Draw(random);
            for (var op = (Op)0; op <= Op.Bswap64; op++)
            {
                var result = Alu.Evaluate(op, x, y);
                if (round % 8 == (int)op % 8)
                {
                    Assert.True(
                        Scalar.Evaluate(op, a, b).Contains(result), $"{op} {a} ({x:x}), {b} ({y:x}): {result:x}");
                }
            }
        }
    }

    [Fact]
    public void A_condition_that_holds_keeps_its_numbers()
    {
        var random = new Random(7);
        for (var round = 0; round < 200_000; round++)
        {
            var (a, x) = Draw(random);
            var (b, y) = Draw(random);
            var op = (Op)random.Next((int)Op.Jeq32Imm, (int)Op.Jsle64Reg + 1);
            var condition = Condition.Of(op);
            condition = Holds(op, x, y) ? condition : condition.Negated();
            Scalar.Restrict(condition, ref a, ref b);
            Assert.True(a.Contains(x) && b.Contains(y), $"{op} {x:x} {y:x}: {a}, {b}");
        }
    }

    [Fact]
    public void A_union_covers_both_and_an_intersection_keeps_what_both_have()
    {
        var random = new Random(8);
        for (var round = 0; round < 100_000; round++)
        {
            var (a, x) = Draw(random);
            var (b, y) = Draw(random);
            var union = a.Union(b);
            Assert.True(union.Covers(a) && union.Covers(b) && union.Contains(x) && union.Contains(y));
            Assert.True(!b.Contains(x) || a.Intersect(b).Contains(x));
        }
    }

    private static ulong Number(Random random) => random.Next(4) switch
    {
        0 => Edges[random.Next(Edges.Length)],
        1 => (ulong)random.NextInt64(),
        2 => (ulong)random.Next(100),
        _ => (ulong)(long)random.Next(-100, 0),
    };

    // A set that holds a known number: ends from other numbers, or bits forgotten.
    private static (Scalar, ulong) Draw(Random random)
    {
        var (x, other) = (Number(random), Number(random));
        var forgotten = Number(random);
        var set = random.Next(5) switch
        {
            0 => Scalar.Constant(x),
            1 => Scalar.Range(Math.Min(x, other), Math.Max(x, other)),
            2 => Scalar.SignedRange(Math.Min((long)x, (long)other), Math.Max((long)x, (long)other)),
            3 => (Scalar.Unknown with { Bits = new Tnum(x & ~forgotten, forgotten) }).Settle(),
            _ => Scalar.Constant(x).Union(Scalar.Constant(other)).Union(Scalar.Constant(forgotten)),
        };
        Assert.True(set.Contains(x));
        return (set, x);
    }

    internal static bool Holds(Op op, ulong x, ulong y)
    {
        var is32 = op.Is32();
        var (a, b) = is32 ? ((uint)x, (uint)y) : (x, y);
        var (s, t) = is32 ? ((int)x, (int)y) : ((long)x, (long)y);
        return ((op - Op.Jeq32Imm) % 22 / 2) switch
        {
            0 => a == b,
            1 => a > b,
            2 => a >= b,
            3 => (a & b) != 0,
            4 => a != b,
            5 => s > t,
            6 => s >= t,
            7 => a < b,
            8 => a <= b,
            9 => s < t,
            _ => s <= t,
        };
    }
}

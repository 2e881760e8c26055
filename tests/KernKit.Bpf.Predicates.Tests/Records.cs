using System.Numerics;

namespace KernKit.Bpf.Predicates.Tests;

/// <summary>A record with a field of every kind, and a reader of numbers that shares nothing with the
/// compiler.</summary>
internal static class Records
{
    public const int Bytes = 112;

    public static readonly DateTimeOffset Now = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly FieldTable Table = FieldTable.Parse("""
        record: sample 112
        symbols: kind BOX=1 BAG=2 file=7
        symbols: state SOLD=1 BROKEN=2 BIG=2147483648
        a 0 u8
        b 1 s8
        c 2 u16be
        d 4 s32
        e 8 u64
        f 16 s64be
        g 24 u24
        h 27 s40be
        i 32 u32 bits 5 9
        j 32 u32 bits 31 1
        k[4:2] 40 s16
        m 48 s64 time 1000000000
        n 56 s64le time 1
        kind 64 u8 symbols kind
        state 68 u32 symbols state
        w 72 u128be bits 60 10
        z 72 u128 bits 4 60 shift 2
        x 88 u56
        y 32 u32 bits 0 32
        text 96 text12
        text[12:1] 96 u8
        raw 108 bytes4
        """);

    /// <summary>The numbers among them: name, offset, bytes, big-endian, signed, lowest bit, bits (0 for
    /// all).</summary>
    public static readonly (string Name, int At, int Bytes, bool IsBig, bool IsSigned, int Low, int Width)[] Numbers =
    [
        ("a", 0, 1, false, false, 0, 0), ("b", 1, 1, false, true, 0, 0), ("c", 2, 2, true, false, 0, 0),
        ("d", 4, 4, false, true, 0, 0), ("e", 8, 8, false, false, 0, 0), ("f", 16, 8, true, true, 0, 0),
        ("g", 24, 3, false, false, 0, 0), ("h", 27, 5, true, true, 0, 0), ("i", 32, 4, false, false, 5, 9),
        ("j", 32, 4, false, false, 31, 1), ("k[0]", 40, 2, false, true, 0, 0), ("k[3]", 46, 2, false, true, 0, 0),
        ("w", 72, 16, true, false, 60, 10), ("x", 88, 7, false, false, 0, 0), ("y", 32, 4, false, false, 0, 32),
    ];

    public static BigInteger Read(ReadOnlySpan<byte> record, string name)
    {
        var (_, at, bytes, isBig, isSigned, low, width) = Numbers.Single(number => number.Name == name);
        var value = new BigInteger(record.Slice(at, bytes), isUnsigned: width > 0 || !isSigned, isBigEndian: isBig);
        return width == 0 ? value : (value >> low) & ((BigInteger.One << width) - 1);
    }

    public static TimeProvider Clock { get; } = new Stopped();

    public static Predicate Compile(string text) => Predicate.Compile(text, Table, Clock);

    /// <summary>What a predicate's program says, interpreted with all checks.</summary>
    public static ulong Ask(Predicate predicate, ReadOnlySpan<byte> record)
    {
        using var hook = new Hook(ProgramTypes.Record, predicate.Program,
            new MachineOptions { Engine = EngineKind.Interpreter });
        var verdict = hook.Decide(record);
        Assert.Null(hook.LastFailure);
        return verdict;
    }

    private sealed class Stopped : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}

using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Tests;

/// <summary>Instructions with every free field random, from the table.</summary>
internal static class RandomInstructions
{
    private static readonly int[] Interesting =
        [0, 1, -1, 2, 7, 8, 31, 32, 63, 64, 127, 128, 255, int.MaxValue, int.MinValue];

    public static Instruction Any(OpcodeRow row, Random random)
    {
        int Field(FieldRule rule, int registers, Func<int> number) => rule.Use switch
        {
            FieldUse.Register => random.Next(registers),
            FieldUse.Fixed => rule.Value,
            _ => number(),
        };
        var slot = new Instruction(
            row.Code,
            (byte)Field(row.Destination, 10, () => 0),
            (byte)Field(row.Source, 10, () => 0),
            (short)Field(row.Offset, 10, () => random.Next(short.MinValue, short.MaxValue + 1)),
            Field(row.Immediate, 10, () => Number(random)));
        return slot;
    }

    public static int Number(Random random) => random.Next(3) switch
    {
        0 => Interesting[random.Next(Interesting.Length)],
        1 => random.Next(-64, 64),
        _ => random.Next(int.MinValue, int.MaxValue),
    };
}

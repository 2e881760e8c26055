using KernKit.Bpf;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>The helpers that conformance programs of the field call, numbers 0 to 5.</summary>
/// <remarks>0 packs bytes, 1 is memfrob, 2 does nothing, 3 is an integer square root, 4 is strcmp, 5 unwinds.</remarks>
internal static class ConformanceFunctions
{
    /// <summary>Makes the table.</summary>
    /// <returns>A table of six helpers.</returns>
    public static HelperTable Create() => new HelperTable()
        .Add(0, "gather_bytes", GatherBytes)
        .Add(1, "memfrob", Frobnicate)
        .Add(2, "trash_registers", (_, _, _, _, _, _) => 0)
        .Add(3, "sqrti", (_, value, _, _, _, _) => SquareRoot(value))
        .Add(4, "strcmp", CompareStrings)
        .Add(5, "unwind", (_, value, _, _, _, _) => value, endsOnZero: true);

    private static ulong GatherBytes(BpfMachine machine, ulong a, ulong b, ulong c, ulong d, ulong e) =>
        ((ulong)(byte)a << 32) | ((ulong)(byte)b << 24) | ((ulong)(byte)c << 16) | ((ulong)(byte)d << 8) | (byte)e;

    private static ulong Frobnicate(BpfMachine machine, ulong address, ulong length, ulong c, ulong d, ulong e)
    {
        if (!machine.TryGetMemory(address, length, out var memory))
        {
            machine.RefuseHelperCall(address);
            return 0;
        }

        foreach (ref var value in memory)
        {
            value ^= 42;
        }

        return address;
    }

    private static ulong SquareRoot(ulong value)
    {
        var root = (ulong)Math.Sqrt(value);
        while (root > uint.MaxValue || root * root > value)
        {
            root--;
        }

        while (root < uint.MaxValue && (root + 1) * (root + 1) <= value)
        {
            root++;
        }

        return root;
    }

    private static ulong CompareStrings(BpfMachine machine, ulong a, ulong b, ulong c, ulong d, ulong e)
    {
        for (ulong i = 0; ; i++)
        {
            if (!machine.TryGetMemory(a + i, 1, out var left) || !machine.TryGetMemory(b + i, 1, out var right))
            {
                machine.RefuseHelperCall(a + i);
                return 0;
            }

            if (left[0] != right[0] || left[0] == 0)
            {
                return (ulong)(left[0] - right[0]);
            }
        }
    }
}

using System.Runtime.CompilerServices;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>The atomic instructions on a place in memory; all are full barriers, as RFC 9669 asks of fetching
/// ones.</summary>
internal static class AtomicOps
{
    /// <summary>Changes 4 or 8 bytes.</summary>
    /// <param name="op">The row.</param>
    /// <param name="place">The first of the bytes, aligned to their number.</param>
    /// <param name="source">The source register.</param>
    /// <param name="register0">Register 0, which compare-and-exchange compares with.</param>
    /// <returns>The old value, zero extended.</returns>
    public static ulong Execute(Op op, ref byte place, ulong source, ulong register0) => op.AccessBytes() == 4
        ? Execute32(op, ref Unsafe.As<byte, uint>(ref place), (uint)source, (uint)register0)
        : Execute64(op, ref Unsafe.As<byte, ulong>(ref place), source, register0);

    private static uint Execute32(Op op, ref uint place, uint source, uint register0)
    {
        switch (op)
        {
            case Op.AtomicAdd32 or Op.AtomicFetchAdd32: return Interlocked.Add(ref place, source) - source;
            case Op.AtomicOr32 or Op.AtomicFetchOr32: return Interlocked.Or(ref place, source);
            case Op.AtomicAnd32 or Op.AtomicFetchAnd32: return Interlocked.And(ref place, source);
            case Op.AtomicExchange32: return Interlocked.Exchange(ref place, source);
            case Op.AtomicCompareExchange32: return Interlocked.CompareExchange(ref place, source, register0);
            default:
                while (true)
                {
                    var old = Volatile.Read(ref place);
                    if (Interlocked.CompareExchange(ref place, old ^ source, old) == old)
                    {
                        return old;
                    }
                }
        }
    }

    private static ulong Execute64(Op op, ref ulong place, ulong source, ulong register0)
    {
        switch (op)
        {
            case Op.AtomicAdd64 or Op.AtomicFetchAdd64: return Interlocked.Add(ref place, source) - source;
            case Op.AtomicOr64 or Op.AtomicFetchOr64: return Interlocked.Or(ref place, source);
            case Op.AtomicAnd64 or Op.AtomicFetchAnd64: return Interlocked.And(ref place, source);
            case Op.AtomicExchange64: return Interlocked.Exchange(ref place, source);
            case Op.AtomicCompareExchange64: return Interlocked.CompareExchange(ref place, source, register0);
            default:
                while (true)
                {
                    var old = Volatile.Read(ref place);
                    if (Interlocked.CompareExchange(ref place, old ^ source, old) == old)
                    {
                        return old;
                    }
                }
        }
    }
}

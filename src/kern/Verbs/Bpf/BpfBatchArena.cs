using KernKit.Bpf;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>The memory that the programs of a batch use one after the other, as large as the largest of them
/// needs.</summary>
internal sealed class BpfBatchArena
{
    private const int ContextBytesMin = 1 << 16;

    private BpfArena _arena = new(0, ContextBytesMin);

    /// <summary>An arena for a context of a length.</summary>
    public BpfArena For(int contextBytes)
    {
        if (contextBytes > _arena.ContextBytesMax)
        {
            _arena = new BpfArena(0, contextBytes);
        }

        return _arena;
    }
}

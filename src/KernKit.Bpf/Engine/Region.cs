namespace KernKit.Bpf.Engine;

/// <summary>The part of the arena that an access must stay in.</summary>
/// <remarks>
/// An access through a pointer that certainly came from r1 must stay in the context, one from r10 in the stack; either
/// is one comparison, as the arena's own, so exactness costs nothing. See <see cref="Provenance"/>.
/// </remarks>
internal enum Region : byte
{
    /// <summary>Anything of the run: maps, stack, context. For pointers whose origin is not known.</summary>
    Arena,

    /// <summary>The context.</summary>
    Context,

    /// <summary>The stack: one frame, or all frames where there are local calls.</summary>
    Frame,

    /// <summary>Nothing: a constant distance from r10 that leaves the frame.</summary>
    Nowhere,
}

namespace KernKit.Build;

/// <summary>How many steps a generator's inputs make.</summary>
internal enum RunsMode
{
    /// <summary>One step an input.</summary>
    Each,

    /// <summary>One step over all inputs; none if there are none.</summary>
    All,

    /// <summary>One step without inputs of its own.</summary>
    Once,
}

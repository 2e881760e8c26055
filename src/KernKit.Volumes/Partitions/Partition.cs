namespace KernKit.Volumes;

/// <summary>One partition of a device.</summary>
/// <param name="Number">What selects it, from 1: the table's own number; partitions of labels within slices follow
/// behind all others.</param>
/// <param name="Scheme">The table that describes it.</param>
/// <param name="Type">What it is said to hold: a known name such as <c>freebsd-ufs</c>, else the table's code.</param>
/// <param name="Name">The GPT's name, the letter of a BSD label, or empty.</param>
/// <param name="Offset">The first byte, from the start of the device.</param>
/// <param name="Length">Bytes, as the table says; the device may be shorter.</param>
/// <param name="Parent">The number of the slice that holds the label, or 0.</param>
public readonly record struct Partition(
    int Number, PartitionScheme Scheme, string Type, string Name, long Offset, long Length, int Parent)
{
    /// <summary>A line for a person: number, scheme, type, name and place.</summary>
    public override string ToString()
    {
        var scheme = Scheme.ToString().ToLowerInvariant();
        var name = Name.Length == 0 ? "" : $" '{Name}'";
        return $"{Number}: {scheme} {Type}{name}, {Length} bytes at {Offset}";
    }
}

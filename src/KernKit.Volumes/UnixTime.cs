namespace KernKit.Volumes;

/// <summary>A point in time as file systems keep it.</summary>
/// <param name="Seconds">Seconds since 1970-01-01T00:00:00Z, negative before it.</param>
/// <param name="Nanoseconds">0 to 999,999,999, always counted forwards.</param>
public readonly record struct UnixTime(long Seconds, int Nanoseconds)
{
    /// <summary>Nanoseconds since 1970-01-01T00:00:00Z; 128 bits, since a damaged inode may hold any 64-bit
    /// second.</summary>
    public Int128 TotalNanoseconds => ((Int128)Seconds * 1_000_000_000) + Nanoseconds;
}

namespace KernKit.Volumes.Tests;

/// <summary>What a maker's source tree says about one entry; null is not known.</summary>
public sealed record ExpectedEntry(byte[] Path, string Type)
{
    public ushort Mode { get; init; }

    public uint UserId { get; init; }

    public uint GroupId { get; init; }

    public Int128? ModifiedNanoseconds { get; init; }

    public uint? LinkCount { get; init; }

    public long? Size { get; init; }

    public string? Sha256 { get; init; }

    public byte[]? Target { get; init; }

    public DeviceNumber? Device { get; init; }

    /// <summary>Entries with the same number above 0 are names of one file.</summary>
    public int LinkGroup { get; init; }
}

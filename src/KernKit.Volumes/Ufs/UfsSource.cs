using KernKit.Layout;

namespace KernKit.Volumes.Ufs;

/// <summary>The superblock that a volume is read by.</summary>
/// <param name="Order">The volume's byte order.</param>
/// <param name="Superblock">The bytes of the superblock.</param>
/// <param name="Geometry">What they say, checked.</param>
/// <param name="AppleLabel">The label of an Apple volume, or null.</param>
/// <param name="Notice">Why a copy of the superblock is used, or null if it is the first one.</param>
internal sealed record UfsSource(
    ByteOrder Order, byte[] Superblock, UfsGeometry Geometry, string? AppleLabel, string? Notice);

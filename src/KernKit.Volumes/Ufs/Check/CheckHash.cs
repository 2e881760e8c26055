using System.Numerics;
using System.Runtime.InteropServices;

namespace KernKit.Volumes.Ufs.Check;

// FreeBSD's check hashes: calculate_crc32c(~0L, structure, size) with the hash field taken as zero
// (sys/ufs/ffs/ffs_subr.c: ffs_calc_sbhash, ffs_update_dinode_ckhash; sbin/fsck_ffs/pass5.c for cylinder groups). The
// function is the bare step of CRC-32C: the register starts with all bits set, and is not inverted at the end, unlike
// iSCSI's CRC.
internal static class CheckHash
{
    /// <summary>The hash of <paramref name="structure"/>, with the four bytes at <paramref name="hashAt"/> taken as
    /// zero.</summary>
    public static uint Compute(ReadOnlySpan<byte> structure, int hashAt)
    {
        var hash = Step(uint.MaxValue, structure[..hashAt]);
        hash = BitOperations.Crc32C(hash, 0u);
        return Step(hash, structure[(hashAt + sizeof(uint))..]);
    }

    private static uint Step(uint hash, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            hash = BitOperations.Crc32C(hash, BitConverter.IsLittleEndian ? word
                : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var value in bytes[(words.Length * sizeof(ulong))..])
        {
            hash = BitOperations.Crc32C(hash, value);
        }

        return hash;
    }
}

namespace KernKit.Volumes.Partitions;

/// <summary>CRC-32 of GPT and disklabel64: polynomial 0x04c11db7 reflected, start and end inverted
/// (ISO-HDLC).</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;

    /// <summary>The check of <paramref name="bytes"/> with the 4 bytes at <paramref name="zeroAt"/> taken as
    /// zeros.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes, int zeroAt = -sizeof(uint))
    {
        var crc = uint.MaxValue;
        for (var i = 0; i < bytes.Length; i++)
        {
            crc ^= (uint)(i - zeroAt) < sizeof(uint) ? (byte)0 : bytes[i];
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (Polynomial & (uint)-(int)(crc & 1));
            }
        }

        return ~crc;
    }
}

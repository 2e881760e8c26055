namespace KernKit.Fuzz;

/// <summary>
/// Bytes that are neither random nor sound: mostly small numbers, so that lengths and tags often fit.
/// </summary>
internal static class DamagedBytes
{
    /// <summary>Makes bytes.</summary>
    /// <param name="random">Where everything random comes from.</param>
    /// <param name="most">The longest.</param>
    /// <returns>0 to <paramref name="most"/> bytes.</returns>
    public static byte[] Of(Random random, int most)
    {
        var bytes = new byte[random.Next(most + 1)];
        var small = random.Next(1, 8);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(random.Next(6) == 0 ? random.Next(256) : random.Next(3) == 0 ? random.Next(small) : 0);
        }

        return bytes;
    }
}

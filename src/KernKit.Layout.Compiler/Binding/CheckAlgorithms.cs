namespace KernKit.Layout.Compiler.Binding;

/// <summary>The names and widths of the algorithms.</summary>
internal static class CheckAlgorithms
{
    private static readonly Dictionary<string, (CheckAlgorithm Algorithm, int Bytes)> Known = new()
    {
        ["unknown"] = (CheckAlgorithm.Unknown, 0),
        ["none"] = (CheckAlgorithm.None, 0),
        ["crc32"] = (CheckAlgorithm.Crc32, 4),
        ["crc32c"] = (CheckAlgorithm.Crc32C, 4),
        ["crc32c_raw"] = (CheckAlgorithm.Crc32CRaw, 4),
        ["xxhash64"] = (CheckAlgorithm.XxHash64, 8),
        ["sha256"] = (CheckAlgorithm.Sha256, 32),
        ["sha256_folded"] = (CheckAlgorithm.Sha256Folded, 32),
        ["adler32"] = (CheckAlgorithm.Adler32, 4),
        ["fletcher16"] = (CheckAlgorithm.Fletcher16, 2),
        ["fletcher32"] = (CheckAlgorithm.Fletcher32, 4),
        ["fletcher64"] = (CheckAlgorithm.Fletcher64, 8),
        ["internet"] = (CheckAlgorithm.Internet, 2),
        ["xor16"] = (CheckAlgorithm.Xor16, 2),
    };

    /// <summary>All names, for messages.</summary>
    public static string Names => string.Join(", ", Known.Keys);

    public static CheckAlgorithm? Find(string name) => Known.TryGetValue(name, out var known) ? known.Algorithm : null;

    /// <summary>Bytes of the result; 0 if there is none.</summary>
    public static int BytesOf(CheckAlgorithm algorithm) =>
        Known.Values.First(known => known.Algorithm == algorithm).Bytes;

    /// <summary>Fewest bytes of a field that holds the result, whole or cut.</summary>
    public static int FewestBytesOf(CheckAlgorithm algorithm) => algorithm switch
    {
        CheckAlgorithm.Sha256 => 1,
        CheckAlgorithm.Sha256Folded => 16,
        _ => BytesOf(algorithm),
    };

    public static bool IsDigest(CheckAlgorithm algorithm) =>
        algorithm is CheckAlgorithm.Sha256 or CheckAlgorithm.Sha256Folded;

    /// <summary>Bytes of the seed; 0 if the algorithm takes none.</summary>
    public static int SeedBytesOf(CheckAlgorithm algorithm) => algorithm switch
    {
        CheckAlgorithm.Crc32C or CheckAlgorithm.Crc32CRaw => 4,
        CheckAlgorithm.XxHash64 => 8,
        _ => 0,
    };

    public static string NameOf(CheckAlgorithm algorithm) =>
        Known.First(pair => pair.Value.Algorithm == algorithm).Key;
}

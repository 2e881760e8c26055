using System.Text.Json;
using KernKit.Bpf;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>One row of a batch.</summary>
/// <param name="Name">Its name, if that could be read.</param>
/// <param name="Program">The program; null if the row or the program is malformed.</param>
/// <param name="Memory">What r1 points to.</param>
/// <param name="Error">Why there is no program.</param>
internal sealed record BpfBatchRow(string? Name, BpfProgram? Program, byte[] Memory, string? Error)
{
    private const int LineLengthMax = 64 << 20;
    private const int MemoryBytesMax = 16 << 20;

    /// <summary>Reads a row; nothing is thrown.</summary>
    public static BpfBatchRow Parse(string line, int number, HelperTable helpers)
    {
        string? name = null;
        try
        {
            if (line.Length > LineLengthMax)
            {
                throw new FormatException($"longer than the limit of {LineLengthMax} characters");
            }

            using var row = JsonDocument.Parse(line);
            if (row.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException("not an object");
            }

            name = Text(row.RootElement, "name");
            var code = Bytes(row.RootElement, "prog_hex") ?? throw new FormatException("prog_hex is absent");
            var memory = Bytes(row.RootElement, "mem_hex") ?? [];
            if (memory.Length > MemoryBytesMax)
            {
                throw new FormatException($"mem_hex: {memory.Length} bytes, must be at most {MemoryBytesMax}");
            }

            var load = new LoadOptions { CpuVersion = CpuVersion(row.RootElement), Helpers = helpers };
            return new BpfBatchRow(name, BpfProgram.Load(code, load), memory, null);
        }
        catch (BpfFormatException error)
        {
            return new BpfBatchRow(name, null, [], error.Message);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            return new BpfBatchRow(name, null, [], $"line {number}: {error.Message}");
        }
    }

    private static string? Text(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Null => null,
            _ => value.GetRawText(),
        }
        : null;

    private static byte[]? Bytes(JsonElement row, string name)
    {
        if (Text(row, name) is not { } text)
        {
            return null;
        }

        try
        {
            return BpfVerb.FromHex(text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text);
        }
        catch (FormatException)
        {
            throw new FormatException($"{name}: not an even number of hexadecimal digits");
        }
    }

    private static int CpuVersion(JsonElement row)
    {
        var text = Text(row, "cpu_version");
        if (string.IsNullOrEmpty(text))
        {
            return LoadOptions.Default.CpuVersion;
        }

        var digits = text.TrimStart('v', 'V');
        return int.TryParse(digits, out var version) && version is >= 1 and <= 4
            ? version
            : throw new FormatException($"cpu_version: '{text}', must be 1 to 4");
    }
}

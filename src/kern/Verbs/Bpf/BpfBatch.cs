using System.Text.Json;
using KernKit.Bpf;
using KernKit.Command.Output;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>How the programs of a batch are run.</summary>
/// <param name="Engine">What executes them.</param>
/// <param name="UseFacts">Whether accesses that the verifier proves go unchecked.</param>
/// <param name="Fuel">Fuel of each.</param>
internal sealed record BpfBatchOptions(EngineKind Engine, bool UseFacts, long Fuel);

/// <summary>Runs rows of JSON, one program a row, under the convention of the field's conformance programs.</summary>
/// <remarks>
/// r1 is the memory's address, r2 its length, r10 the top of a 512-byte stack, other registers are 0; helpers are
/// <see cref="ConformanceHelpers"/>. A row that cannot be understood gives a row with an error, and the next row follows.
/// </remarks>
internal static class BpfBatch
{
    private const int LineBytesMax = 64 << 20;
    private const int MemoryBytesMax = 16 << 20;

    /// <summary>What programs may call.</summary>
    public static HelperTable Helpers { get; } = ConformanceHelpers.Create();

    /// <summary>Runs all rows of a stream.</summary>
    public static void Run(Stream input, ByteOutput output, BpfBatchOptions options, CancellationToken cancellation)
    {
        using var arena = new BpfBatchArena();
        using var reader = new StreamReader(input);
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!string.IsNullOrWhiteSpace(line))
            {
                RunRow(line, number, output, arena, options);
            }
        }
    }

    /// <summary>Runs a program.</summary>
    public static RunResult RunProgram(BpfProgram program, byte[] memory, BpfBatchArena arena, BpfBatchOptions options)
    {
        using var machine = new BpfMachine(program, new MachineOptions
        {
            Arena = arena.For(memory.Length),
            Engine = options.Engine,
            Helpers = Helpers,
            Fuel = options.Fuel,
            Facts = options.UseFacts ? BpfFacts.Of(program, memory.Length) : [],
        });
        return machine.Run(memory.AsSpan());
    }

    /// <summary>Prints how a run ended.</summary>
    public static void WriteRow(ByteOutput output, string? name, in RunResult result)
    {
        var status = result.Status switch { RunStatus.Ok => "ok", RunStatus.Fault => "fault", _ => "fuel" };
        Write(output, name, status, result.Status == RunStatus.Ok ? result.Value : null, result.Status == RunStatus.Ok ? null : result.ToString());
    }

    private static void RunRow(string line, int number, ByteOutput output, BpfBatchArena arena, BpfBatchOptions options)
    {
        string? name = null;
        try
        {
            if (line.Length > LineBytesMax)
            {
                throw new FormatException($"longer than the limit of {LineBytesMax} characters");
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

            var load = new LoadOptions { CpuVersion = CpuVersion(row.RootElement), Helpers = Helpers };
            WriteRow(output, name, RunProgram(BpfProgram.Load(code, load), memory, arena, options));
        }
        catch (BpfFormatException error)
        {
            Write(output, name, "reject", null, error.Message);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            Write(output, name, "reject", null, $"line {number}: {error.Message}");
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

    private static void Write(ByteOutput output, string? name, string status, ulong? r0, string? error)
    {
        output.Write("{\"name\":"u8);
        WriteText(output, name);
        output.WriteText($",\"status\":\"{status}\",\"r0\":");
        output.WriteText(r0 is { } value ? $"\"{value:x}\"" : "null");
        output.Write(",\"error\":"u8);
        WriteText(output, error);
        output.Write("}\n"u8);
    }

    private static void WriteText(ByteOutput output, string? text)
    {
        if (text is null)
        {
            output.Write("null"u8);
        }
        else
        {
            JsonText.WriteString(output, text);
        }
    }
}

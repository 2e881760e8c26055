using KernKit.Bpf;
using KernKit.Command.Output;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>How the programs of a batch are run.</summary>
/// <param name="Engine">What executes them.</param>
/// <param name="UseFacts">Whether accesses that the verifier proves go unchecked.</param>
/// <param name="Fuel">Fuel of each; null for what is usual.</param>
/// <param name="IsAhead">Whether the programs are turned into C# first.</param>
internal sealed record BpfBatchOptions(EngineKind Engine, bool UseFacts, long? Fuel, bool IsAhead = false);

/// <summary>Runs rows of JSON, one program a row, under the convention of the field's conformance programs.</summary>
/// <remarks>
/// r1 is the memory's address, r2 its length, r10 the top of a 512-byte stack, other registers are 0; helpers are
/// <see cref="ConformanceFunctions"/>. A row that cannot be understood gives a row with an error, and the next row
/// follows.
/// </remarks>
internal static class BpfBatch
{
    // The C# compiler takes a second to start and milliseconds for a program.
    private const int AheadRowsMax = 2_000;

    /// <summary>What programs may call.</summary>
    public static HelperTable Helpers { get; } = ConformanceFunctions.Create();

    /// <summary>Runs all rows of a stream.</summary>
    public static void Run(Stream input, ByteOutput output, BpfBatchOptions options, CancellationToken cancellation)
    {
        var arena = new BpfBatchArena();
        using var reader = new StreamReader(input);
        var rows = new List<BpfBatchRow>();
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!string.IsNullOrWhiteSpace(line))
            {
                rows.Add(BpfBatchRow.Parse(line, number, Helpers));
            }

            if (rows.Count == (options.IsAhead ? AheadRowsMax : 1))
            {
                RunRows(rows, output, arena, options);
            }
        }

        RunRows(rows, output, arena, options);
    }

    /// <summary>Runs a program.</summary>
    public static RunResult RunProgram(
        BpfProgram program, byte[] memory, BpfBatchArena arena, BpfBatchOptions options, AheadProgram? ahead = null)
    {
        var facts = options.UseFacts && ahead is null ? BpfFacts.Of(program, memory.Length) : null;
        using var machine = new BpfMachine(ahead?.Program ?? program, new MachineOptions
        {
            Arena = arena.For(memory.Length),
            Engine = options.Engine,
            Helpers = Helpers,
            Fuel = options.Fuel ?? MachineOptions.Default.Fuel,
            Facts = facts is null ? [] : [facts],
            Ahead = ahead is null ? [] : [ahead],
        });
        return machine.Run(memory.AsSpan());
    }

    /// <summary>Prints how a run ended.</summary>
    public static void WriteRow(ByteOutput output, string? name, in RunResult result)
    {
        var status = result.Status switch { RunStatus.Ok => "ok", RunStatus.Fault => "fault", _ => "fuel" };
        Write(output, name, status, result.Status == RunStatus.Ok ? result.Value : null, result.Status == RunStatus.Ok
            ? null : result.ToString());
    }

    private static void RunRows(List<BpfBatchRow> rows, ByteOutput output, BpfBatchArena arena, BpfBatchOptions options)
    {
        var programs = rows.FindAll(row => row.Program is not null);
        var ahead = options.IsAhead && programs.Count > 0
            ? BpfAhead.Compile(programs.ConvertAll(row => row.Program!), options.UseFacts
                ? programs.ToDictionary(row => row.Program!, row => BpfFacts.Of(row.Program!, row.Memory.Length))
                : null)
            : null;
        var next = 0;
        foreach (var row in rows)
        {
            if (row.Program is null)
            {
                Write(output, row.Name, "reject", null, row.Error);
                continue;
            }

            try
            {
                WriteRow(output, row.Name, RunProgram(row.Program, row.Memory, arena, options, ahead?[next++]));
            }
            catch (BpfFormatException error)
            {
                Write(output, row.Name, "reject", null, error.Message);
            }
        }

        rows.Clear();
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

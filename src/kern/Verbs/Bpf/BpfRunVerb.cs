using System.CommandLine;
using System.Globalization;
using KernKit.Bpf;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs.Bpf;

/// <summary><c>kern bpf run</c>: one program on given memory, or a batch of programs.</summary>
internal static class BpfRunVerb
{
    private const string MemoryName = "--mem";
    private const string MemoryFileName = "--mem-file";
    private const string EngineName = "--engine";
    private const string ChecksName = "--checks";
    private const string FuelName = "--fuel";
    private const string BatchName = "--batch";
    private const string PcapName = "--pcap";
    private const string TypeName = "--type";

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var engine = new Option<string>(EngineName)
        {
            Description = "What executes the program.",
            HelpName = "interpreter|compiled|ahead",
            DefaultValueFactory = _ => "interpreter",
        };
        engine.AcceptOnlyFromAmong("interpreter", "compiled", "ahead");
        var checks = new Option<string>(ChecksName)
        {
            Description = "Check every access, or only those that the verifier could not prove.",
            HelpName = "always|unproved",
            DefaultValueFactory = _ => "always",
        };
        checks.AcceptOnlyFromAmong("always", "unproved");
        var command = new ShellCommand("run", "Run a program on some memory and print r0.")
        {
            new Argument<string?>(BpfVerb.FileName)
            {
                Description = "Assembly, or instructions as bytes; - reads standard input.",
                HelpName = BpfVerb.FileName,
                Arity = ArgumentArity.ZeroOrOne,
            }.NotEmpty(),
            new Option<string?>(MemoryName) { Description = "Memory for r1 and r2, as hexadecimal digits.", HelpName =
                "HEX" },
            new Option<string?>(MemoryFileName) { Description = "Memory for r1 and r2, from a file.", HelpName =
                "FILE" },
            engine,
            checks,
            new Option<long?>(FuelName)
            {
                Description = "Instructions in loops and calls, about, before a run is stopped; 100,000,000, or the "
                    + "type's with --pcap, unless given.",
                HelpName = "N",
            },
            new Option<string?>(BatchName)
            {
                Description = "Run each row of a file of JSON lines: name, prog_hex, mem_hex, cpu_version; - reads "
                    + "standard input.",
                HelpName = "FILE.jsonl",
            },
            new Option<string?>(PcapName)
            {
                Description = "Ask the program about each packet of a capture; FILE may also be what tcpdump -ddd "
                    + "prints, or an object.",
                HelpName = "FILE.pcap",
            },
            new Option<string>(TypeName)
            {
                Description = "The program type for --pcap: packet, xdp or tc; an object's section tells it otherwise.",
                HelpName = "NAME",
                DefaultValueFactory = _ => "packet",
            },
            CommonOptions.Json(),
        };
        command.SetAction(parsed => BpfVerb.Run(host, parsed, Run));
        return command;
    }

    private static int Run(Session session)
    {
        var arguments = session.Arguments;
        var options = new BpfBatchOptions(
            arguments.GetValue<string>(EngineName) switch
            {
                "compiled" => EngineKind.Compiled,
                _ => EngineKind.Interpreter,
            },
            arguments.GetValue<string>(ChecksName) == "unproved",
            arguments.GetValue<long?>(FuelName),
            arguments.GetValue<string>(EngineName) == "ahead");
        if (arguments.GetValue<string?>(BatchName) is { } batch)
        {
            using var stream = batch == "-" ? Console.OpenStandardInput() : File.OpenRead(batch);
            BpfBatch.Run(stream, session.Output, options, session.Host.Cancellation);
            return ExitStatus.Done;
        }

        if (arguments.GetValue<string?>(BpfVerb.FileName) is not { } file)
        {
            session.Diagnostics.Usage("bpf run: FILE or --batch is needed (see 'kern bpf run --help')");
            return ExitStatus.Usage;
        }

        return arguments.GetValue<string?>(PcapName) is { } capture
            ? RunCapture(session, file, capture, options) : RunOne(session, file, options);
    }

    private static int RunCapture(Session session, string file, string capture, BpfBatchOptions options)
    {
        if (options.IsAhead)
        {
            session.Diagnostics.Usage("bpf run: --pcap takes --engine interpreter or compiled");
            return ExitStatus.Usage;
        }

        var type = ProgramTypes.Find(session.Arguments.GetValue<string>(TypeName)!)
            ?? throw BpfVerb.Refused(TypeName, "no such program type");
        var asked = BpfCapture.Make(file, BpfVerb.Read(file), type, options);
        using var stream = capture == "-" ? Console.OpenStandardInput() : File.OpenRead(capture);
        return BpfPcap.Run(capture, stream, asked, session) ? ExitStatus.Done : ExitStatus.No;
    }

    private static int RunOne(Session session, string file, BpfBatchOptions options)
    {
        var program = BpfVerb.LoadProgram(BpfVerb.Read(file), BpfBatch.Helpers);
        var memory = Memory(session);
        var arena = new BpfBatchArena();
        var facts = new Dictionary<BpfProgram, ProgramFacts?>
        {
            [program] = options.UseFacts ? BpfFacts.Of(program, memory.Length) : null,
        };
        var result = BpfBatch.RunProgram(
            program, memory, arena, options, options.IsAhead ? BpfAhead.Compile([program], facts)[0] : null);
        var text = result.Status == RunStatus.Ok
            ? string.Create(CultureInfo.InvariantCulture, $"0x{result.Value:x}")
            : result.ToString();
        if (session.Json)
        {
            BpfBatch.WriteRow(session.Output, file, result);
        }
        else
        {
            session.Output.WriteText(text + "\n");
        }

        return result.Status == RunStatus.Ok ? ExitStatus.Done : ExitStatus.No;
    }

    private static byte[] Memory(Session session)
    {
        if (session.Arguments.GetValue<string?>(MemoryFileName) is { } file)
        {
            return BpfVerb.Read(file);
        }

        try
        {
            return BpfVerb.FromHex(session.Arguments.GetValue<string?>(MemoryName) ?? "");
        }
        catch (FormatException)
        {
            throw BpfVerb.Refused(MemoryName, "not an even number of hexadecimal digits");
        }
    }
}

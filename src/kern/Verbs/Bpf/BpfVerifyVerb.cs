using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using KernKit.Bpf;
using KernKit.Command.Output;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs.Bpf;

/// <summary><c>kern bpf verify</c>: the verdict about each program of an object, its time and first failure.</summary>
internal static class BpfVerifyVerb
{
    private const string SectionName = "--section";
    private const string TypeName = "--type";
    private const string CheckedName = "--checked";
    private const string LeaksName = "--allow-leaks";
    private const string LimitName = "--limit";

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var command = new ShellCommand("verify", "Prove that programs do nothing that they may not.")
        {
            BpfVerb.File("A clang object, instructions as bytes, or assembly; - reads standard input."),
            new Option<string?>(SectionName) { Description = "Only programs of this section.", HelpName = "NAME" },
            new Option<string?>(TypeName)
            {
                Description = $"The type, instead of by section: {string.Join(", ", Verifier.TypeNames)}.",
                HelpName = "NAME",
            },
            new Option<bool>(CheckedName) { Description = "Accept what checks at run time make safe." },
            new Option<string[]>(LimitName)
            {
                Description = "Another limit, as errors name it: InstructionsFollowedMax, StatesMax, "
                    + "StatesPerInstructionMax, CallDepthMax, StackBytesMax or LoopRoundsMax.",
                HelpName = "NAME=NUMBER",
            },
            new Option<bool>(LeaksName) { Description = "Let addresses get into maps, packets and results." },
            CommonOptions.Json(),
        };
        command.SetAction(parsed => BpfVerb.Run(host, parsed, Verify));
        return command;
    }

    private static int Verify(Session session)
    {
        var file = session.Arguments.GetRequiredValue<string>(BpfVerb.FileName);
        var bytes = BpfVerb.Read(file);
        var wanted = session.Arguments.GetValue<string?>(SectionName);
        IReadOnlyList<MapDefinition> maps = [];
        IReadOnlyList<ObjectProgram> programs;
        IReadOnlyList<UnlinkedProgram> unlinked = [];
        if (BpfObject.IsObject(bytes))
        {
            var loaded = BpfObject.Load(bytes);
            (maps, programs, unlinked) = (loaded.Maps, loaded.Programs, loaded.Unlinked);
        }
        else
        {
            programs = [new ObjectProgram("program", "", BpfVerb.LoadProgram(bytes, null))];
        }

        var chosen = programs.Where(program => wanted is null || program.Section == wanted).ToList();
        var left = unlinked.Where(program => wanted is null || program.Section == wanted).ToList();
        if (chosen.Count + left.Count == 0)
        {
            throw BpfVerb.Refused(file, wanted is null ? "no programs" : $"no programs in a section '{wanted}'");
        }

        var isAccepted = left.Count == 0;
        foreach (var program in chosen)
        {
            var type = session.Arguments.GetValue<string?>(TypeName);
            var options = Options(session, program, type, maps);
            var start = Stopwatch.GetTimestamp();
            var result = Verifier.Verify(program.Program, options);
            var elapsed = Stopwatch.GetElapsedTime(start);
            isAccepted &= result.IsAccepted;
            Print(session, program, options.Type?.Name ?? options.TypeName, result, elapsed);
        }

        left.ForEach(program => PrintUnlinked(session, program));
        return isAccepted ? ExitStatus.Done : ExitStatus.No;
    }

    private static VerifierOptions Options(
        Session session, ObjectProgram program, string? type, IReadOnlyList<MapDefinition> maps)
    {
        var options = (type is null ? VerifierOptions.For(program) : Named(type)) with
        {
            Maps = maps,
            Policy = session.Arguments.GetValue<bool>(CheckedName) ? VerifierPolicy.Checked : VerifierPolicy.Reject,
            AllowPointerLeaks = session.Arguments.GetValue<bool>(LeaksName),
        };
        foreach (var limit in session.Arguments.GetValue<string[]>(LimitName) ?? [])
        {
            options = WithLimit(options, limit);
        }

        return options;
    }

    private static VerifierOptions Named(string type) =>
        Verifier.TypeNames.Contains(type) ? new VerifierOptions { TypeName = type }
        : ProgramTypes.Find(type) is { } hook ? new VerifierOptions { Type = hook }
        : throw BpfVerb.Refused(type, "no program type; kern bpf verify --help lists them");

    private static VerifierOptions WithLimit(VerifierOptions options, string limit)
    {
        var parts = limit.Split('=', 2);
        if (!int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
        {
            throw BpfVerb.Refused(limit, "no limit; it is NAME=NUMBER with a number above 0");
        }

        return parts[0] switch
        {
            nameof(VerifierOptions.InstructionsFollowedMax) => options with { InstructionsFollowedMax = number },
            nameof(VerifierOptions.StatesMax) => options with { StatesMax = number },
            nameof(VerifierOptions.StatesPerInstructionMax) => options with { StatesPerInstructionMax = number },
            nameof(VerifierOptions.CallDepthMax) => options with { CallDepthMax = number },
            nameof(VerifierOptions.StackBytesMax) => options with { StackBytesMax = number },
            nameof(VerifierOptions.LoopRoundsMax) => options with { LoopRoundsMax = number },
            _ => throw BpfVerb.Refused(parts[0], "no limit; kern bpf verify --help lists them"),
        };
    }

    private static void PrintUnlinked(Session session, UnlinkedProgram program)
    {
        if (!session.Json)
        {
            session.Output.WriteText($"{program.Section}/{program.Name}: rejected: {program.Reason}\n");
            return;
        }

        session.Output.WriteText("{\"program\":");
        JsonText.WriteString(session.Output, program.Name);
        session.Output.WriteText(",\"section\":");
        JsonText.WriteString(session.Output, program.Section);
        session.Output.WriteText(",\"verdict\":\"rejected\",\"error\":");
        JsonText.WriteString(session.Output, program.Reason);
        session.Output.WriteText("}\n");
    }

    private static void Print(
        Session session, ObjectProgram program, string type, VerifierResult result, TimeSpan elapsed)
    {
        var name = program.Section.Length > 0 ? $"{program.Section}/{program.Name}" : program.Name;
        if (!session.Json)
        {
            var verdict = result.IsAccepted ? "accepted" : "rejected";
            session.Output.WriteText(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {verdict}: {type}, {elapsed.TotalMilliseconds:0.00} ms, {result.InstructionsFollowed} "
                + $"instructions followed, {result.AccessCount - result.UnprovedCount} of {result.AccessCount} "
                + $"accesses "
                + $"proved{(result.NeedsFuel ? ", needs fuel" : "")}\n"));
            if (result.Error is { } error)
            {
                session.Output.WriteText($"{error}\n");
            }

            return;
        }

        session.Output.WriteText("{\"program\":");
        JsonText.WriteString(session.Output, program.Name);
        session.Output.WriteText(",\"section\":");
        JsonText.WriteString(session.Output, program.Section);
        session.Output.WriteText(
            $",\"type\":\"{type}\",\"verdict\":\"{(result.IsAccepted ? "accepted" : "rejected")}\"");
        session.Output.WriteText(string.Create(
            CultureInfo.InvariantCulture,
            $",\"time_ns\":{elapsed.Ticks * 100},\"instructions_followed\":{result.InstructionsFollowed},"
            + $"\"accesses\":{result.AccessCount},\"unproved\":{result.UnprovedCount},"
            + $"\"needs_fuel\":{(result.NeedsFuel ? "true" : "false")}"));
        if (result.Error is { } failure)
        {
            session.Output.WriteText(string.Create(
                CultureInfo.InvariantCulture, $",\"instruction\":{failure.InstructionIndex},\"error\":"));
            JsonText.WriteString(session.Output, failure.ToString());
            session.Output.WriteText(",\"values\":[");
            for (var i = 0; i < failure.Values.Count; i++)
            {
                session.Output.WriteText(i > 0 ? "," : "");
                JsonText.WriteString(session.Output, failure.Values[i]);
            }

            session.Output.WriteText("],\"advice\":");
            JsonText.WriteString(session.Output, failure.Advice);
            if (failure.Limit is { } limit)
            {
                session.Output.WriteText($",\"limit\":\"{limit}\"");
            }

            if (failure.Source is { } source)
            {
                session.Output.WriteText(",\"file\":");
                JsonText.WriteString(session.Output, source.File);
                session.Output.WriteText(string.Create(CultureInfo.InvariantCulture, $",\"line\":{source.Line}"));
            }
        }

        session.Output.WriteText("}\n");
    }
}

using System.CommandLine;
using System.Text;
using KernKit.Bpf;
using KernKit.Command.Output;
using KernKit.Layout.Compiler.Decode;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs.Bpf;

/// <summary><c>kern bpf compile</c>: programs to C#, and conditions on structures to programs.</summary>
internal static class BpfCompileVerb
{
    private const string ClassName = "--class";
    private const string NamespaceName = "--namespace";
    private const string OutputName = "--output";
    private const string WhereName = "--where";
    private const string LayoutName = "--layout";
    private const string TypeName = "--type";
    private const string OrderName = "--order";
    private const string ToName = "--to";
    private const string FieldsName = "--fields";
    private const string ProgramName = "--program";
    private const string VerifyName = "--verify";
    private const string CheckedName = "--checked";

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var file = BpfVerb.File(
            "A clang object, assembly, or instructions as bytes; - reads standard input. Not with --where.");
        file.Arity = ArgumentArity.ZeroOrOne;
        var order = new Option<string?>(OrderName)
        {
            Description = "The byte order, where the structure's is a parameter.",
            HelpName = "le|be",
        };
        order.AcceptOnlyFromAmong("le", "be");
        var to = new Option<string?>(ToName)
        {
            Description = "What to write; asm for a condition and csharp for a program unless given.",
            HelpName = "asm|hex|bytes|csharp",
        };
        to.AcceptOnlyFromAmong("asm", "hex", "bytes", "csharp");
        var command = new ShellCommand("compile",
            "Turn a program into C#, or a condition on the fields of a structure into a program.")
        {
            file,
            new Option<string?>(WhereName, "-w") { Description = "The condition.", HelpName = "EXPR" },
            new Option<string?>(LayoutName)
            {
                Description = "What the condition is about: a structure of a schema, as 'kern layout' takes it.",
                HelpName = "SCHEMA:STRUCT",
            },
            new Option<string?>(TypeName)
            {
                Description = "What the condition is about: the context of a hook (xdp, tc, policy, scheduler). For a "
                    + "program the hook that it is verified for, instead of its section's.",
                HelpName = "NAME",
            },
            order, to,
            new Option<string?>(ProgramName)
            {
                Description = "Which program of an object, where it has several.",
                HelpName = "NAME",
            },
            new Option<bool>(VerifyName)
            {
                Description = "Verify the program for hooks of its type, and leave out the checks that the proof makes "
                    + "needless.",
            },
            new Option<bool>(CheckedName)
            {
                Description = "With --verify: accept what the checks that stay make safe.",
            },
            new Option<bool>(FieldsName) { Description = "Print the fields that EXPR may name, and stop." },
            new Option<string>(ClassName)
            {
                Description = "The name of the C# class.",
                HelpName = "NAME",
                DefaultValueFactory = _ => "Program1",
            },
            new Option<string>(NamespaceName)
            {
                Description = "The namespace of the C# class.",
                HelpName = "NAME",
                DefaultValueFactory = _ => "",
            },
            new Option<string?>(OutputName, "-o") { Description = "Write to a file instead.", HelpName = "FILE" },
        };
        command.SetAction(parsed => BpfVerb.Run(host, parsed, Run));
        return command;
    }

    private static int Run(Session session)
    {
        var arguments = session.Arguments;
        var file = arguments.GetValue<string?>(BpfVerb.FileName);
        var where = arguments.GetValue<string?>(WhereName);
        var isAboutFields = where is not null || arguments.GetValue<bool>(FieldsName);
        if (isAboutFields == file is not null)
        {
            return Refuse(session, "FILE or --where EXPR, one of the two");
        }

        if (!isAboutFields)
        {
            return CompileProgram(session, file!);
        }

        if (Fields(session, out var problem) is not { } fields)
        {
            return problem.Length == 0 ? ExitStatus.Done : Refuse(session, problem);
        }

        if (where is null)
        {
            FieldListing.Write(session, fields);
            return ExitStatus.Done;
        }

        try
        {
            return Write(session, Predicate.Compile(where, fields).Program, "asm", null, "");
        }
        catch (PredicateException error)
        {
            return Refuse(session, $"--where: {NameText.Escaped(RawText.ToBytes(error.Message))}");
        }
    }

    // Null with a problem, or with none where the diagnostics have told already.
    private static FieldTable? Fields(Session session, out string problem)
    {
        problem = "";
        var layout = session.Arguments.GetValue<string?>(LayoutName);
        var type = session.Arguments.GetValue<string?>(TypeName);
        if ((layout is null) == (type is null))
        {
            problem = "a condition is about --layout SCHEMA:STRUCT or --type NAME, one of the two";
            return null;
        }

        if (type is not null)
        {
            var found = ProgramTypes.Find(type);
            problem = found?.Context is not null ? "" : $"--type: '{type}' is no hook with a context; there are "
                + string.Join(", ", ProgramTypes.All.Where(static one => one.Context is not null)
                    .Select(static one => one.Name));
            return found?.Context;
        }

        var (name, wanted) = LayoutSources.Split(layout!);
        var schema = LayoutSchema.Load(LayoutSources.Resolve(name), LayoutSources.Read);
        if (LayoutSources.Report(session, schema.Diagnostics))
        {
            return null;
        }

        var structure = wanted is null ? schema.Structures is [var only] ? only : null : schema.Find(wanted);
        var order = session.Arguments.GetValue<string?>(OrderName);
        problem = structure is null
            ? $"--layout: say which structure, {name}:STRUCT; there are "
                + string.Join(", ", schema.Structures.Select(static one => one.Name))
            : structure.NeedsOrder && order is null
                ? $"--layout: the byte order of '{structure.Name}' is a parameter; add --order le or --order be" : "";
        return problem.Length > 0 ? null : FieldTable.Parse(structure!.FieldTable, order == "be");
    }

    private static int CompileProgram(Session session, string file)
    {
        var source = BpfAheadSource.Load(file, session.Arguments.GetValue<string?>(ProgramName), out var problem);
        if (source is null)
        {
            return Refuse(session, problem);
        }

        var program = source.Program.Program;
        if (!session.Arguments.GetValue<bool>(VerifyName))
        {
            return Write(session, program, "csharp", null, "");
        }

        // Types by Linux's names have contexts that no hook here gives: proofs about them hold nowhere.
        var section = source.Program.Section.Length > 0 ? source.Program.Section : ProgramTypes.Record.Name;
        var type = session.Arguments.GetValue<string?>(TypeName) ?? section;
        if (ProgramTypes.Find(type) is not { } hook)
        {
            return Refuse(session, $"--type: '{type}' is no hook; there are "
                + string.Join(", ", ProgramTypes.All.Select(static one => one.Name)));
        }

        var verdict = Verifier.Verify(program, new VerifierOptions
        {
            Type = hook,
            Maps = source.Maps,
            Policy = session.Arguments.GetValue<bool>(CheckedName) ? VerifierPolicy.Checked : VerifierPolicy.Reject,
        });
        if (verdict.Error is { } error)
        {
            var (where, refusal) = source.Refusal(hook, error);
            session.Diagnostics.Report(where, default, refusal);
            return ExitStatus.No;
        }

        return Write(session, program, "csharp", verdict.Facts, source.Comment(hook, verdict));
    }

    private static int Write(Session session, BpfProgram program, string form, ProgramFacts? facts, string comment)
    {
        var arguments = session.Arguments;
        var bytes = (arguments.GetValue<string?>(ToName) ?? form) switch
        {
            "asm" => Encoding.UTF8.GetBytes(Disassembler.Format(program)),
            "hex" => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(program.ToBytes()) + "\n"),
            "bytes" => program.ToBytes(),
            _ => Encoding.UTF8.GetBytes(comment + CSharpWriter.Write(
                program, arguments.GetValue<string>(ClassName)!, arguments.GetValue<string>(NamespaceName)!, facts)),
        };
        if (arguments.GetValue<string?>(OutputName) is { } target)
        {
            File.WriteAllBytes(target, bytes);
        }
        else
        {
            session.Output.Write(bytes);
        }

        return ExitStatus.Done;
    }

    private static int Refuse(Session session, string message)
    {
        session.Diagnostics.Usage($"bpf compile: {message}");
        return ExitStatus.Usage;
    }
}

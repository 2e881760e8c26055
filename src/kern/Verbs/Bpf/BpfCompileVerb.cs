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

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var file = BpfVerb.File("Assembly, or instructions as bytes; - reads standard input. Not with --where.");
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
                Description = "What the condition is about: the context of a hook (xdp, tc, policy, scheduler).",
                HelpName = "NAME",
            },
            order, to,
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
            return Write(session, BpfVerb.LoadProgram(BpfVerb.Read(file!), null), "csharp");
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
            return Write(session, Predicate.Compile(where, fields).Program, "asm");
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

    private static int Write(Session session, BpfProgram program, string form)
    {
        var arguments = session.Arguments;
        var bytes = (arguments.GetValue<string?>(ToName) ?? form) switch
        {
            "asm" => Encoding.UTF8.GetBytes(Disassembler.Format(program)),
            "hex" => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(program.ToBytes()) + "\n"),
            "bytes" => program.ToBytes(),
            _ => Encoding.UTF8.GetBytes(CSharpWriter.Write(
                program, arguments.GetValue<string>(ClassName)!, arguments.GetValue<string>(NamespaceName)!)),
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

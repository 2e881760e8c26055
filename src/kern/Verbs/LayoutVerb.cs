using System.CommandLine;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern layout</c>: structures by their schemas.</summary>
/// <remarks>Nothing here touches the schema compiler's assembly: it is loaded only when one of the actions
/// runs.</remarks>
internal static class LayoutVerb
{
    public const string SchemaName = "SCHEMA";
    public const string FileName = "FILE";
    public const string OutName = "--output";
    public const string ToName = "--to";
    public const string NamespaceName = "--namespace";
    public const string PublicName = "--public";
    public const string ObjectsName = "--objects";
    public const string AgainstName = "--against";
    public const string OriginalName = "--original";
    public const string AtName = "--at";
    public const string OrderName = "--order";
    public const string SetName = "--set";
    public const string SpaceName = "--space";
    public const string SchemaOptionName = "--schema";

    private const string SchemaHelp = "A .layout file, or a schema of kern's own by its name: 'ufs', 'ufs/dinode'.";

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host) =>
        new("layout", "Structures: compile schemas, check them, decode bytes.")
    {
        Compile(host), Check(host), Show(host), Diff(host),
    };

    private static ShellCommand Compile(CommandHost host)
    {
        var to = new Option<string>(ToName) { Description = "What to make.", HelpName = "csharp|c", Required = true };
        to.AcceptOnlyFromAmong("csharp", "c");
        var command = new ShellCommand("compile", "Compile schemas to C# accessors or to C11 headers.")
        {
            Schemas(),
            to,
            new Option<string>(OutName, "-o")
            {
                Description =
                    "A file, a directory (ending in '/') for one file a structure or header, or '-' for standard "
                    + "output.",
                HelpName = "OUT",
                Required = true,
            },
            new Option<string>(NamespaceName)
            {
                Description = "The C# namespace.",
                HelpName = "NAME",
                DefaultValueFactory = _ => "Layouts",
            },
            new Option<bool>(PublicName) { Description = "Make C# types public." },
            new Option<bool>(ObjectsName) { Description = "Make C# writers and plain objects too." },
        };
        command.SetAction(parsed => Session.Run(host, parsed, LayoutCompileVerb.Run));
        return command;
    }

    private static ShellCommand Check(CommandHost host)
    {
        var command = new ShellCommand(
            "check",
                "Compare sizes and offsets with C compilers: gcc -m64 and -m32, clang. Exit status 1 if one disagrees.")
        {
            Schemas(),
            new Option<string[]>(OriginalName)
            {
                Description =
                    "Compare with the structures of this header, which '@c' attributes name; several may be given.",
                HelpName = "HEADER",
                DefaultValueFactory = _ => [],
            },
            new Option<string?>(AgainstName)
            {
                Description = "Compare with this older version of the schema instead: what breaks for whom.",
                HelpName = "OLD",
            },
            CommonOptions.Json(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, LayoutCheckVerb.Run));
        return command;
    }

    private static ShellCommand Show(CommandHost host)
    {
        var command =
            new ShellCommand("show", "Decode bytes of a file by a schema. Exit status 1 if they break its rules.")
        {
            new Argument<string>(SchemaName)
            {
                Description = SchemaHelp + " Then ':STRUCT'; without it the schema's formats look for one.",
                HelpName = "SCHEMA[:STRUCT]",
            }.NotEmpty(),
            File(FileName),
            At(), Order(), Set(), Space(), CommonOptions.Json(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, LayoutShowVerb.Run));
        return command;
    }

    private static ShellCommand Diff(CommandHost host)
    {
        var command = new ShellCommand("diff", "Show which fields of two files differ. Exit status 1 if some do.")
        {
            File("FILE1"),
            File("FILE2"),
            new Option<string?>(SchemaOptionName, "-s")
            {
                Description = "The schema; without it, the formats of kern's own schemas look for one.",
                HelpName = "SCHEMA[:STRUCT]",
            },
            At(), Order(), Set(), CommonOptions.Json(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, LayoutDiffVerb.Run));
        return command;
    }

    private static Argument<string[]> Schemas() => new Argument<string[]>(SchemaName)
    {
        Description = SchemaHelp,
        HelpName = SchemaName,
        Arity = ArgumentArity.OneOrMore,
    }.NotEmpty();

    private static Argument<string> File(string name) =>
        new Argument<string>(name) { Description = "Any file or block device.", HelpName = name }.NotEmpty();

    private static Option<string?> At() => new(AtName)
    {
        Description = "Where the structure lies: a byte offset such as 8192, 0x2000 or 64K.",
        HelpName = "OFFSET",
    };

    private static Option<string?> Order()
    {
        var option = new Option<string?>(OrderName)
        {
            Description = "The byte order, where the schema leaves it open; found out if absent.",
            HelpName = "le|be",
        };
        option.AcceptOnlyFromAmong("le", "be");
        return option;
    }

    private static Option<string[]> Space() => new(SpaceName)
    {
        Description = "Where a space that references name begins in the file; checks of what lies there are verified.",
        HelpName = "NAME=OFFSET",
        DefaultValueFactory = _ => [],
    };

    private static Option<string[]> Set() => new(SetName)
    {
        Description = "The value of one of the structure's parameters.",
        HelpName = "NAME=VALUE",
        DefaultValueFactory = _ => [],
    };
}

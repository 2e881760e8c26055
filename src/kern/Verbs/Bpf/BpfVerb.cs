using System.CommandLine;
using System.Text;
using KernKit.Bpf;
using KernKit.Volumes;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs.Bpf;

/// <summary><c>kern bpf</c>: the verbs about eBPF programs, and what they share.</summary>
internal static class BpfVerb
{
    /// <summary>The name of the argument for a program.</summary>
    public const string FileName = "FILE";

    private const long FileBytesMax = 256L << 20;

    /// <summary>Makes the group.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var group = new ShellCommand("bpf", "Assemble, disassemble, verify and run eBPF programs.")
        {
            BpfTextVerbs.CreateAssemble(host),
            BpfTextVerbs.CreateDisassemble(host),
            BpfCompileVerb.Create(host),
            BpfVerifyVerb.Create(host),
            BpfRunVerb.Create(host),
        };
        return group;
    }

    /// <summary>The argument that names a program's file; - is standard input.</summary>
    public static Argument<string> File(string description) => new Argument<string>(FileName)
    {
        Description = description,
        HelpName = FileName,
    }.NotEmpty();

    /// <summary>Runs a verb of the group: a malformed program is damaged input.</summary>
    public static int Run(CommandHost host, ParseResult parsed, Func<Session, int> verb) =>
        Session.Run(host, parsed, session =>
        {
            try
            {
                return verb(session);
            }
            catch (BpfFormatException error)
            {
                var file = session.Arguments.GetValue<string?>(FileName) ?? "-";
                throw Refused(file, error.Message);
            }
        });

    /// <summary>Reads a whole file, or standard input for -.</summary>
    public static byte[] Read(string name)
    {
        using var stream = name == "-" ? Console.OpenStandardInput() : System.IO.File.OpenRead(name);
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (bytes.Length + read > FileBytesMax)
            {
                throw Refused(name, $"longer than the limit of {FileBytesMax} bytes");
            }

            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    /// <summary>Makes a program of a file's content: assembly, or bytes.</summary>
    public static BpfProgram LoadProgram(byte[] content, HelperTable? helpers)
    {
        // Assembly is text, so it has no zero bytes; the shortest binary, one exit, is nearly all zeros.
        var options = new LoadOptions { Helpers = helpers };
        return content.Contains((byte)0)
            ? BpfProgram.Load(content, options)
            : Assembler.Assemble(Encoding.UTF8.GetString(content), options);
    }

    /// <summary>An error about a file that is not what the verb wants.</summary>
    public static VolumeException Refused(string file, string message) =>
        new(VolumeError.Damaged, $"{file}: {message}");

    /// <summary>Reads hexadecimal digits; white space between them is ignored.</summary>
    /// <exception cref="FormatException">Something else, or an odd number of them.</exception>
    public static byte[] FromHex(string text)
    {
        var digits = text.Any(char.IsWhiteSpace) ? string.Concat(text.Where(c => !char.IsWhiteSpace(c))) : text;
        return Convert.FromHexString(digits);
    }
}

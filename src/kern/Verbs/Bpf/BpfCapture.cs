using System.Text;
using KernKit.Bpf;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>What <c>kern bpf run --pcap</c> asks about packets: a program, its type, its machine's options.</summary>
internal sealed record BpfCapture(ProgramType Type, BpfProgram Program, MachineOptions Machine)
{
    /// <summary>Makes it of a file's content: an object, what tcpdump -ddd prints, assembly, or bytes.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="type">The type of a program that does not tell its own.</param>
    /// <param name="options">Engine, checks, and fuel, if the type's does not count.</param>
    public static BpfCapture Make(string file, byte[] content, ProgramType type, BpfBatchOptions options)
    {
        var machine = new MachineOptions { Engine = options.Engine };
        IReadOnlyList<MapDefinition> maps = [];
        BpfProgram program;
        if (BpfObject.IsObject(content))
        {
            var loaded = BpfObject.Load(content);
            var first = loaded.Programs.Count > 0 ? loaded.Programs[0]
                : throw BpfVerb.Refused(file, "holds no program");
            type = ProgramTypes.Find(first.Section) ?? type;
            var arena = loaded.CreateArena(BpfPcap.PacketBytesMax + type.ContextBytes);
            (maps, program) = (loaded.Maps, first.Program);
            machine = machine with { Arena = arena, Maps = loaded.CreateMaps(arena) };
        }
        else
        {
            program = content.Length > 0 && char.IsAsciiDigit((char)content[0])
                ? ClassicFilter.FromTcpdump(Encoding.ASCII.GetString(content))
                : BpfVerb.LoadProgram(content, type.Helpers);
        }

        type = options.Fuel is { } fuel ? type with { Fuel = fuel } : type;
        var facts = options.UseFacts ? BpfFacts.Of(program, type, maps) : null;
        return new BpfCapture(type, program, facts is null ? machine : machine with { Facts = [facts] });
    }
}

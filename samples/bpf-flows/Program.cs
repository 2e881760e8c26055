// A C program for eBPF, verified and turned into C# while this project builds, counts packets into a map; the host
// reads and resets the counters in place, through accessors made from the same schema as the C structure. Nothing here
// is generated at run time, so it works where everything is compiled ahead of time.
using KernKit.Bpf;
using KernKit.Samples;
using KernKit.Samples.Layouts.Flows;

using var resource = typeof(FlowsProgram).Assembly.GetManifestResourceStream("flows.o")!;
using var content = new MemoryStream();
resource.CopyTo(content);
var loaded = BpfObject.Load(content.ToArray());
var arena = loaded.CreateArena(contextBytesMax: 65_536);
var maps = loaded.CreateMaps(arena);
using var hook = new Hook(ProgramTypes.PacketFilter, FlowsProgram.Program.Program, new MachineOptions
{
    Arena = arena,
    Maps = maps,
    Ahead = [FlowsProgram.Program],
});

var kept = 0UL;
foreach (var (protocol, octets) in new (byte, int)[] { (6, 60), (17, 90), (6, 1500), (1, 20) })
{
    kept += hook.DecidePacket(Packet(protocol, octets));
}

Console.WriteLine($"kept {kept} octets");
var flows = maps.Single(map => map.Definition.Name == "flows");
foreach (var protocol in new byte[] { 6, 17 })
{
    // The editor lies over the value itself: what the program counts is seen, and what is set the program counts from.
    if (flows.TryGetValue([protocol, 0, 0, 0], out var value))
    {
        var flow = new FlowEdit(value);
        Console.WriteLine($"protocol {protocol}: {flow.Packets} packets, {flow.Octets} octets");
        flow.Packets = 0;
    }
}

hook.DecidePacket(Packet(6, 40));
flows.TryGetValue([6, 0, 0, 0], out var again);
Console.WriteLine($"protocol 6: {new FlowView(again).Packets} packet");
return hook.LastFailure is null ? 0 : 1;

static byte[] Packet(byte protocol, int octets)
{
    var packet = new byte[octets];
    if (octets >= 34)
    {
        (packet[12], packet[23]) = (8, protocol);
    }

    return packet;
}

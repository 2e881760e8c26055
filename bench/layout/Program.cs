using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Bench;
using Bench.Layouts;
using Bench.Layouts.Orders;
using Google.Protobuf;
using MemoryPack;

const int Count = 10_000;
int rounds = args.Contains("--quick") ? 5 : 21;
var runner = new Runner(rounds);
var random = new Random(7);
byte[] dinodes = new byte[Count * 256];
random.NextBytes(dinodes);
byte[] blockrefs = new byte[Count * 128];
random.NextBytes(blockrefs);
for (int i = 0; i < Count; i++)
{
    blockrefs[i * 128] = (byte)(1 + (i % 3));
    blockrefs[(i * 128) + 1] = (byte)(i % 5 == 0 ? 0x20 : 0x30);
}

byte[] directory = MakeDirectory(Count, out int entries);
Peer? peer = args.FirstOrDefault(static path => path.EndsWith(".so", StringComparison.Ordinal)) is { } library
    ? new Peer(library)
    : null;

void Compare(string group, int records, (string, Func<ulong>)[] own, (string Name, byte[] Bytes, long Count)? c)
{
    (string, Func<ulong>)[] all = peer is null || c is null
        ? own
        : [.. own, ("C, gcc -O2", () => peer.Call(c.Value.Name, c.Value.Bytes, c.Value.Count))];
    runner.Compare(group, records, all);
}

Compare("UFS2 dinode, native", Count,
[
    ("view", () => Records.View<LittleEndian>(dinodes)),
    ("MemoryMarshal structure", () => Records.Struct(dinodes)),
    ("BinaryPrimitives", () => Records.Primitives(dinodes, false)),
], ("dinode_native", dinodes, Count));
Compare("UFS2 dinode, swapped", Count,
[
    ("view", () => Records.View<BigEndian>(dinodes)),
    ("MemoryMarshal structure", () => Records.StructSwapped(dinodes)),
    ("BinaryPrimitives", () => Records.Primitives(dinodes, true)),
], ("dinode_swapped", dinodes, Count));
Compare("HAMMER2 blockref", Count,
[
    ("view", () => Records.BlockrefView(blockrefs)),
    ("MemoryMarshal structure", () => Records.BlockrefStruct(blockrefs)),
], ("blockref_native", blockrefs, Count));
Compare("directory walk, validated", entries,
[
    ("view", () => Records.DirectoryView(directory)),
    ("BinaryPrimitives", () => Records.DirectoryPrimitives(directory)),
], ("directory", directory, directory.Length));

byte[] messages = new byte[Count * Messages.Bytes];
Messages.Encode(messages);
var packed = new PackedOrder
    { Id = 1, Time = 2, Account = 5, Price = 7, Quantity = 9, Instrument = 3, Flags = 1, Venue = 2, Side = 2,
    Kind = 4 };
var proto = new Bench.Proto.OrderAdd
    { Id = 1, Time = 2, Account = 5, Price = 7, Quantity = 9, Instrument = 3, Flags = 1, Venue = 2, Side = 2,
    Kind = 4 };
byte[] target = new byte[1 << 20];
Compare("10-field message, encode", Count,
[
    ("encoder", () => Messages.Encode(target)),
    ("BinaryPrimitives", () => Messages.EncodePrimitives(target)),
    ("MemoryPack", () => Messages.EncodePacked(packed)),
    ("Google.Protobuf", () => Messages.EncodeProto(proto, target)),
], null);
Compare("10-field message, read", Count,
[
    ("view", () => Messages.ReadView(messages)),
    ("MemoryMarshal structure", () => Messages.ReadStruct(messages)),
    ("BinaryPrimitives", () => Messages.ReadPrimitives(messages)),
], ("order_read", messages, Count));
using (var all = new MemoryStream())
{
    int size = 0;
    var protos = new byte[Count][];
    for (uint i = 0; i < Count; i++)
    {
        packed.Id = i;
        proto.Id = i;
        byte[] one = MemoryPackSerializer.Serialize(packed);
        size = one.Length;
        all.Write(one);
        protos[i] = proto.ToByteArray();
    }

    byte[] packedBytes = all.ToArray();
    Compare("10-field message, to an object", Count,
    [
        ("Decode", () => Messages.Decode(messages)),
        ("MemoryPack", () => Messages.DecodePacked(packedBytes, size)),
        ("Google.Protobuf", () => Messages.DecodeProto(protos)),
    ], null);
}

byte[] shared = new byte[SlotView.Size];
byte[] copy = new byte[SlotView.Size];
Compare("7 numbers between threads, nobody writes", Count,
[
    ("seqlock", () => Records.Seqlock(shared, copy)),
    ("plain copy", () => Records.Plain(shared, copy)),
], null);
if (args.FirstOrDefault(static path => path.EndsWith(".md", StringComparison.Ordinal)) is { } results)
{
    File.WriteAllLines(results,
    [
        "# bench/layout",
        "",
        $"`./x bench layout`. {Environment.ProcessorCount} cores, .NET {Environment.Version}, "
            + $"{(RuntimeFeature.IsDynamicCodeSupported ? "JIT, last tier" : "NativeAOT")}; "
            + $"{Count:N0} records in one buffer, "
            + $"{rounds} interleaved rounds, medians. `ratio` is this time over the generated code's: above 1 "
            + $"the generated",
        "code is faster. B: bytes allocated a record.",
        "",
        "| group | candidate | ns a record | ratio | B |",
        "|---|---|---|---|---|",
        .. runner.Lines,
    ]);
}

return 0;

static byte[] MakeDirectory(int count, out int entries)
{
    var random = new Random(3);
    var bytes = new List<byte>();
    entries = 0;
    while (entries < count)
    {
        byte[] chunk = new byte[512];
        for (int at = 0; at < 512; entries++)
        {
            int name = random.Next(1, 30);
            int length = (8 + name + 1 + 3) & ~3;
            length = 512 - at - length < 44 ? 512 - at : length;
            BitConverter.TryWriteBytes(chunk.AsSpan(at), entries + 1);
            BitConverter.TryWriteBytes(chunk.AsSpan(at + 4), (ushort)length);
            chunk[at + 6] = 8;
            chunk[at + 7] = (byte)name;
            at += length;
        }

        bytes.AddRange(chunk);
    }

    return [.. bytes];
}

/// <summary>The functions of peer.c in a shared library.</summary>
internal sealed class Peer(string path)
{
    private readonly nint _library = NativeLibrary.Load(path);

    // SAFETY: the exported functions have this very signature (peer.c); see the call for the bytes.
    public unsafe ulong Call(string name, byte[] bytes, long count)
    {
        var function = (delegate* unmanaged<byte*, long, ulong>)NativeLibrary.GetExport(_library, name);
        // SAFETY: the array is pinned for the call, which reads count records of it and keeps nothing.
        fixed (byte* start = bytes)
        {
            return function(start, count);
        }
    }
}

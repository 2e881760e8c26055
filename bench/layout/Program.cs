using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Bench;
using Bench.Layouts;
using Bench.Layouts.Orders;
using Google.Protobuf;
using MemoryPack;

const int Count = 10_000;
var random = new Random(7);
byte[] dinodes = new byte[Count * 256];
random.NextBytes(dinodes);
int startup = Array.IndexOf(args, "--startup");
if (startup >= 0)
{
    Startup.Run(dinodes, Count, args[startup + 1]).ForEach(Console.WriteLine);
    return 0;
}

int contend = Array.IndexOf(args, "--contend");
if (contend >= 0)
{
    Console.WriteLine(Sharing.Contend(int.Parse(args[contend + 1])));
    return 0;
}

int rounds = args.Contains("--quick") ? 5 : 101;
var runner = new Runner(rounds);
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

byte[] fields = new byte[Count * Fields.Bytes];
random.NextBytes(fields);
Compare("10 fields, native", Count,
[
    ("view", () => Fields.View<LittleEndian>(fields)),
    ("MemoryMarshal structure", () => Fields.Struct(fields)),
    ("BinaryPrimitives", () => Fields.Primitives(fields)),
], ("fields_native", fields, Count));
Compare("10 fields, swapped", Count,
[
    ("view", () => Fields.View<BigEndian>(fields)),
    ("MemoryMarshal structure", () => Fields.StructSwapped(fields)),
    ("BinaryPrimitives", () => Fields.PrimitivesSwapped(fields)),
], ("fields_swapped", fields, Count));

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
Compare("10-field message, header checked and read", Count,
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
        (packed.Id, packed.Time, packed.Quantity) = (i, i + 1, i);
        (proto.Id, proto.Time, proto.Quantity) = (i, i + 1, i);
        byte[] one = MemoryPackSerializer.Serialize(packed);
        size = one.Length;
        all.Write(one);
        protos[i] = proto.ToByteArray();
    }

    byte[] packedBytes = all.ToArray();
    Compare("10-field message, read beside peers", Count,
    [
        ("view", () => Messages.ReadView(messages)),
        ("MemoryPack", () => Messages.DecodePacked(packedBytes, size)),
        ("Google.Protobuf", () => Messages.DecodeProto(protos)),
    ], null);
    Compare("10-field message, to an object", Count,
    [
        ("Decode", () => Messages.Decode(messages)),
        ("MemoryPack", () => Messages.DecodePacked(packedBytes, size)),
        ("Google.Protobuf", () => Messages.DecodeProto(protos)),
    ], null);
}

byte[] shared = GC.AllocateArray<byte>(64, pinned: true);
Compare("7 numbers, nobody writes: read", Count,
[
    ("seqlock", () => Sharing.Seqlock(shared)),
    ("plain copy", () => Sharing.Copy(shared)),
    ("plain, in place", () => Sharing.InPlace(shared)),
], null);
Compare("7 atomic numbers: read", Count,
[
    ("atomic", () => Sharing.AtomicRead(shared)),
    ("plain", () => Sharing.PlainRead(shared)),
], null);
Compare("7 atomic numbers: write", Count,
[
    ("atomic", () => Sharing.AtomicWrite(shared)),
    ("plain", () => Sharing.PlainWrite(shared)),
], null);
if (args.FirstOrDefault(static path => path.EndsWith(".md", StringComparison.Ordinal)) is { } results)
{
    File.WriteAllLines(results,
    [
        "# bench/layout",
        "",
        $"`./x bench layout{(RuntimeFeature.IsDynamicCodeSupported ? "" : " --aot")}`. {Environment.ProcessorCount} "
            + $"cores, .NET {Environment.Version}, "
            + $"{(RuntimeFeature.IsDynamicCodeSupported ? "JIT, last tier" : "NativeAOT")}; {Count:N0} records in "
            + "one buffer,",
        $"{rounds} interleaved rounds, medians. `ratio` is this time over the generated code's: above 1 the "
            + "generated code is",
        "faster. B: bytes allocated a record. Rivals check what a view checks: a message's total, id, length of "
            + "fixed fields and",
        "parts; a record's length and name. Several accumulators; no sum of two fields that a compiler could read "
            + "as one.",
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

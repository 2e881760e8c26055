using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Records that arrive in pieces: each cut, each segment size, through a pipe and a stream.</summary>
public sealed class StreamTests
{
    private const string Schemas = """
        layout 1; namespace t; order be;
        struct text { u8 n where it < 200; char text[n]; }
        struct fixed_ { u16 a; u8 b; }
        struct record {
            u8 kind, count;
            text name;
            u16 nums[count];
            u32 extra if kind == 1;
            union (kind) { case 2: { u8 m; fixed_ items[m]; } default: {} }
            char tail[max 5] until 0;
            text more[] until it.n == 0;
            u8 len;
            within (len bytes) { u8 x where it == 7; pad rest; }
        }
        struct greedy { u8 a; u8 rest[] until end; }
        """;

    private const string Shared = """
        public static byte[] Make(int seed, int count, List<int> ends)
        {
            var random = new Random(seed);
            var all = new List<byte>();
            for (int i = 0; i < count; i++)
            {
                byte kind = (byte)random.Next(4), n = (byte)random.Next(3), name = (byte)random.Next(10);
                all.Add(kind); all.Add(n); all.Add(name);
                for (int k = 0; k < name; k++) all.Add(65);
                for (int k = 0; k < 2 * n; k++) all.Add((byte)random.Next(256));
                if (kind == 1) all.AddRange(new byte[4]);
                if (kind == 2) { byte m = (byte)random.Next(3); all.Add(m); all.AddRange(new byte[m * 3]); }
                for (int k = random.Next(6); k > 0; k--) all.Add(66);
                all.Add(0);
                for (int k = random.Next(3); k > 0; k--) { all.Add(1); all.Add(67); }
                all.Add(0);
                byte len = (byte)random.Next(1, 5);
                all.Add(len); all.Add(7); all.AddRange(new byte[len - 1]);
                ends.Add(all.Count);
            }
            return all.ToArray();
        }
        sealed class Segment : System.Buffers.ReadOnlySequenceSegment<byte>
        {
            public Segment(ReadOnlyMemory<byte> memory, Segment before)
            {
                Memory = memory;
                if (before != null) { before.Next = this; RunningIndex = before.RunningIndex + before.Memory.Length; }
            }
        }
        static System.Buffers.ReadOnlySequence<byte> Cut(byte[] bytes, int size)
        {
            Segment first = null!, last = null!;
            for (int at = 0; at < bytes.Length; at += size)
            {
                last = new Segment(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)), last);
                first ??= last;
            }
            return first == null ? default : new(first, 0, last, last.Memory.Length);
        }
        """;

    [Fact]
    public void Every_cut_asks_for_more_and_never_for_more_than_the_record_has()
    {
        Driver driver = Schema.Build(
            Shared + """
            public static string Of()
            {
                for (int seed = 0; seed < 300; seed++)
                {
                    var ends = new List<int>();
                    byte[] bytes = Make(seed, 1, ends);
                    for (int cut = 0; cut < bytes.Length; cut++)
                        for (int size = 1; size < 40; size += 6)
                        {
                            var buffer = Cut(bytes[..cut], size);
                            var status = RecordStream.TryRead(ref buffer, new byte[200], out _, out int missing);
                            if (status != LayoutReadStatus.NeedMore || missing < 1 || missing > bytes.Length - cut)
                                return $"{seed} {cut} {size} {status} {missing} of {bytes.Length}";
                            if (buffer.Length != cut) return "taken";
                        }
                    bytes[2] = 200;
                    var bad = Cut(bytes, 3);
                    var last = RecordStream.TryRead(ref bad, new byte[200], out _, out _);
                    if (last != LayoutReadStatus.Invalid) return "bad";
                }
                return "";
            }
            public static string Small()
            {
                var buffer = Cut([1, 2, 3], 1);
                var status = Fixed_Stream.TryRead(ref buffer, new byte[2], out _, out _);
                return status.ToString();
            }
            """.Replace("Fixed_Stream", "FixedStream", StringComparison.Ordinal),
            Schemas);
        Assert.Equal("", driver.Call<string>("Of"));
        Assert.Equal("TooLarge", driver.Call<string>("Small"));
        Assert.DoesNotContain("GreedyStream", Schema.Output(Schemas, "Greedy.g.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_and_a_stream_give_the_records_that_were_written()
    {
        Driver driver = Schema.Build(
            Shared + """
            public static string Pipe(int size) => PipeAsync(size).GetAwaiter().GetResult();
            static async System.Threading.Tasks.Task<string> PipeAsync(int size)
            {
                var ends = new List<int>();
                byte[] bytes = Make(9, 200, ends);
                var pipe = new System.IO.Pipelines.Pipe();
                var writing = System.Threading.Tasks.Task.Run(async () =>
                {
                    for (int at = 0; at < bytes.Length; at += size)
                        await pipe.Writer.WriteAsync(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
                    await pipe.Writer.CompleteAsync();
                });
                long taken = 0; int count = 0;
                byte[] scratch = new byte[300];
                while (true)
                {
                    var result = await pipe.Reader.ReadAsync();
                    var buffer = result.Buffer;
                    long before = buffer.Length;
                    while (RecordStream.TryRead(ref buffer, scratch, out _, out _) == LayoutReadStatus.Read)
                    {
                        if (taken + before - buffer.Length != ends[count++]) return "wrong end";
                    }
                    taken += before - buffer.Length;
                    pipe.Reader.AdvanceTo(buffer.Start, buffer.End);
                    if (result.IsCompleted) break;
                }
                await writing;
                return $"{count} {taken == bytes.Length}";
            }
            sealed class Trickle(byte[] bytes, int size) : MemoryStream(bytes)
            {
                public override int Read(byte[] buffer, int offset, int count) =>
                    base.Read(buffer, offset, Math.Min(count, size));
            }
            public static string Stream(int size)
            {
                var ends = new List<int>();
                byte[] bytes = Make(10, 200, ends);
                var reader = new LayoutStreamReader(new Trickle(bytes, size), 300);
                int count = 0;
                byte[] scratch = new byte[300];
                while (true)
                {
                    var buffer = reader.Buffered;
                    var status = RecordStream.TryRead(ref buffer, scratch, out _, out int missing);
                    if (status == LayoutReadStatus.NeedMore && reader.Fill(missing)) continue;
                    if (status != LayoutReadStatus.Read) return $"{count} {status} {reader.Position == bytes.Length}";
                    reader.AdvanceTo(buffer);
                    if (reader.Position != ends[count++]) return "wrong end";
                }
            }
            """,
            Schemas);
        foreach (int size in (int[])[1, 7, 64, 5000])
        {
            Assert.Equal("200 True", driver.Call<string>("Pipe", size));
            Assert.Equal("200 NeedMore True", driver.Call<string>("Stream", size));
        }
    }
}

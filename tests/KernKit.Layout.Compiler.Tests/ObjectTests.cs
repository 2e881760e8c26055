using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Writers and plain objects: what was read comes out again, what is new is computed.</summary>
public sealed class ObjectTests
{
    private static readonly CompileOptions Options = new() { Namespace = "Made", Objects = true };

    private const string Entry = """
        layout 1; namespace t; param order O;
        struct entry {
            u32 ino;
            u16 reclen where it >= 12 && it % 4 == 0;
            within (reclen - 6 bytes) {
                u8 type, namlen;
                char name[namlen];
                pad rest;
            }
        }
        struct block { u16 used; within (used bytes) { entry entries[] until end; } pad rest; }
        """;

    [Fact]
    public void A_writer_computes_lengths_and_pads_until_the_rule_holds()
    {
        Driver driver = Schema.Build(
            """
            public static string Of()
            {
                var target = new System.Buffers.ArrayBufferWriter<byte>();
                var w = new EntryWriter<BigEndian> { Ino = 7, Type = 4, Name = "hello"u8 };
                w.WriteTo(target);
                w.Name = "a"u8;
                w.WriteTo(target);
                string made = Convert.ToHexString(target.WrittenSpan);
                var block = new BlockWriter<BigEndian> { Entries = target.WrittenSpan };
                var whole = new System.Buffers.ArrayBufferWriter<byte>();
                block.WriteTo(whole);
                int count = 0;
                foreach (var entry in new BlockView<BigEndian>(whole.WrittenSpan).Entries) count += entry.Name.Length;
                return made + " " + count;
            }
            public static void TooLong()
            {
                var w = new EntryWriter<BigEndian> { Name = new byte[300] };
                w.WriteTo(new System.Buffers.ArrayBufferWriter<byte>());
            }
            """,
            Options,
            Entry);
        Assert.Equal("000000070010040568656C6C6F00000000000007000C040161000000 6", driver.Call<string>("Of"));
        Assert.Throws<LayoutException>(() => driver.Call<object>("TooLong"));
    }

    [Fact]
    public void An_object_keeps_slack_and_is_changed_where_somebody_changed_it()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                Block block = Block.From(new BlockView<LittleEndian>(b));
                bool same = block.ToArray<LittleEndian>().AsSpan().SequenceEqual(b);
                block.Entries[0].Name = "longer name"u8.ToArray();
                block.Entries.Add(new Entry { Ino = 9, Name = "x"u8.ToArray() });
                byte[] made = block.ToArray<LittleEndian>();
                Block again = Block.From(new BlockView<LittleEndian>(made));
                return $"{same} {again.Entries.Count} {again.Entries[0].Name.Length} {again.Entries[1].Ino} "
                    + $"{again.Entries[2].Ino} {again.Used} {made.Length} {made[^1]}";
            }
            """,
            Options,
            Entry);
        byte[] bytes =
        [
            32, 0,
            1, 0, 0, 0, 16, 0, 8, 1, 65, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x99,
            2, 0, 0, 0, 16, 0, 8, 2, 65, 66, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x99,
            0x77, 0x66,
        ];
        Assert.Equal("True 3 11 2 9 56 60 102", driver.Call<string>("Of", bytes));
    }

    [Fact]
    public void A_new_object_keeps_what_is_set_in_one_of_two_readings()
    {
        Driver driver = Schema.Build(
            """
            public static string Of() => string.Join(' ',
                new S { Low = 5 }.ToArray()[0], new S { High = 6 }.ToArray()[4], new S { Both = 7 }.ToArray()[0],
                new S { Raw = [0, 8, 0, 0, 0, 0, 0, 0] }.ToArray()[1], new S { Words = [0, 0, 0, 9] }.ToArray()[6],
                new S { Real = -0.0 }.ToArray()[7], new S { Pair = new() { B = 3 } }.ToArray()[1],
                new S { Bits = new SBits(2) }.ToArray()[0], new S { Kind = Kind.B }.ToArray()[0]);
            """,
            Options,
            """
            layout 1; namespace t; order le;
            enum kind : u8 { A = 1, B = 2 }
            struct pair { u8 a, b; }
            struct s {
                overlay {
                    struct { u32 low, high; } u64 both; char raw[8]; u16 words[4]; f64 real; pair pair;
                    bits bits : u8 lsb { x : 8; }; kind kind;
                }
            }
            """);
        Assert.Equal("5 6 7 8 9 128 3 2 2", driver.Call<string>("Of"));
    }

    [Fact]
    public void Whatever_opens_is_rewritten_byte_for_byte()
    {
        const string schema = """
            layout 1; namespace t; order be;
            enum kind : u8 { A = 1, B = 2 }
            struct text { u8 n where it < 6; char text[n]; }
            struct pair { u8 a; u16 b; }
            bits mode : u16 lsb { kind kind : 8; rest : 8; }
            struct fixed_ size 40 {
                u32 crc check crc32(self zeroing crc);
                mode mode;
                s24 odd; f32 f;
                overlay { struct { u16 db[3]; pair p[2]; } char link[12] if mode.kind == A; u64 both; }
                pair one;
                pad 3;
                union (mode.rest) { case 1: { u32 x; pad 2; } case 2: { pad 4; u16 x2; } default: u8 raw[6]; }
                zero 3;
            }
            struct any(bool wide) {
                kind kind; u8 n, m;
                u16 nums[n * 2];
                u32 extra if kind == B;
                union (kind) {
                    case A: text t;
                    case B: { u8 k; pair pairs[k]; pad (4 - k % 4) % 4; }
                    default: u16 two if wide;
                }
                struct { bitmap map[m]; } if m > 3;
                char name[] until 0;
                u16 ids[] until 0xffff;
                text texts[] until it.n == 0;
                fixed_ f if kind == B;
                u8 inside;
                within (inside + 1 bytes) { text inner; pad rest; }
                u16 tail[] until end;
            }
            """;
        Driver driver = Schema.Build(
            """
            public static int Of(int seed)
            {
                var random = new Random(seed);
                int opened = 0;
                for (int i = 0; i < 40000; i++)
                {
                    byte[] b = new byte[random.Next(12, 120)];
                    for (int k = 0; k < b.Length; k++)
                        b[k] = (byte)(random.Next(8) == 0 ? random.Next(256)
                            : random.Next(4) == 0 ? 255 : random.Next(4));
                    bool wide = random.Next(2) == 0;
                    if (AnyView.TryOpen(b, wide, out var v))
                    {
                        opened++;
                        byte[] made = Any.From(v).ToArray();
                        if (!made.AsSpan().SequenceEqual(v.Bytes)) throw new Exception(
                            Convert.ToHexString(v.Bytes) + " " + Convert.ToHexString(made) + " " + v.ToString());
                    }
                    if (b.Length >= 40)
                    {
                        var f = new FixedView(b);
                        byte[] made = Fixed.From(f).ToArray();
                        if (!made.AsSpan().SequenceEqual(f.Bytes)) throw new Exception("fixed "
                            + Convert.ToHexString(f.Bytes) + " " + Convert.ToHexString(made));
                    }
                }
                return opened;
            }
            """,
            Options,
            schema);
        Assert.InRange(driver.Call<int>("Of", 1), 300, 40_000);
    }

    [Fact]
    public void Values_that_do_not_agree_never_leave()
    {
        Driver driver = Schema.Build(
            """
            public static bool Of(int seed)
            {
                var w = new ThreeWriter { Twice = 3, Data = new byte[seed] };
                var target = new System.Buffers.ArrayBufferWriter<byte>();
                try { w.WriteTo(target); return target.WrittenCount == 1 + seed; }
                catch (LayoutException) { return false; }
            }
            """,
            Options,
            "layout 1; namespace t; order be; struct three { u8 twice; u8 data[twice / 2]; }");
        Assert.True(driver.Call<bool>("Of", 1));
        Assert.False(driver.Call<bool>("Of", 2));
        Assert.False(driver.Call<bool>("Of", 0));
    }

    [Fact]
    public void Text_and_json_are_bounded_and_escaped()
    {
        Driver driver = Schema.Build(
            """
            public static string Text(byte[] b) => new ShownView(b).ToString();
            public static string Json(byte[] b)
            {
                using var stream = new MemoryStream();
                using (var writer = new System.Text.Json.Utf8JsonWriter(stream)) new ShownView(b).WriteJson(writer);
                return System.Text.Encoding.UTF8.GetString(stream.ToArray());
            }
            """,
            """
            layout 1; namespace t; order le;
            enum kind : u8 { A = 1 }
            bits mode : u8 lsb { kind2 kind : 2; high : 6; }
            enum kind2 : u2 { X = 1 }
            struct entry { u8 n where it > 0; u8 x[n]; }
            struct shown {
                char name[4]; kind kind; mode mode; u64 big; f32 f; u16 nums[2];
                u8 len; within (len bytes) { entry entries[] until end; }
                let twice = big * 2;
                ref data[big bytes] at file + 5;
            }
            """);
        byte[] bytes =
        [
            (byte)'a', 0x1b, (byte)'"', 0, 1, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0x80, 0x3f,
            1, 0, 2, 0,
            4, 2, 8, 9, 0,
        ];
        Assert.Equal(
            "shown {name = \"a\\x1b\\x22\", kind = A, mode = {kind = X, high = 1}, big = 18446744073709551615, f = 1, "
            + "nums = [1, 2], len = 4, entries = [{n = 2, x = x\"0809\"}, "
            + "!offset 0x3 (entry.n): 0x0, must satisfy it > 0], twice = 36893488147419103230, "
            + "data = <file+0x5, 18446744073709551615 bytes>}",
            driver.Call<string>("Text", bytes));
        string json = driver.Call<string>("Json", bytes);
        Assert.StartsWith(
            "{\"name\":{\"hex\":\"611b2200\"},\"kind\":\"A\",\"mode\":{\"kind\":\"X\",\"high\":1},"
            + "\"big\":\"18446744073709551615\",\"f\":1,\"nums\":[1,2],\"len\":4,\"entries\":[{\"n\":2,\"x\":"
            + "{\"hex\":\"0809\"}},{\"issue\":\"offset 0x3",
            json,
            StringComparison.Ordinal);
        System.Text.Json.JsonDocument.Parse(json).Dispose();
    }
}

using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Messages that grow, fields by version, and the comparison of two versions of a schema.</summary>
public sealed class MessageTests
{
    private const string Head = "layout 1; namespace t; order le; enum side : u8 { BUY = 1, SELL = 2 } "
        + "struct leg { u32 a; u8 b; }";

    private const string First = Head + """
        message order_add id 7 version 1 { u64 id; s64 price where it >= 0; side side = BUY; str name[max 8]; }
        """;

    private const string Third = Head + """
        message order_add id 7 version 3 {
            u64 id; u32 flags since 2 = 5; s64 price where it >= 0; side side = BUY; u16 venue since 2 until 3;
            char code[4] since 3; u16 rates[2] since 3; leg leg since 3; f64 ratio since 3;
            byte blob[max 16] since 3; str name[max 8]; u16 nums[max 4] since 2; leg legs[max 2] since 3;
        }
        """;

    [Fact]
    public void Every_field_and_part_of_a_message_is_validated()
    {
        const string schema = """
            layout 1; namespace t; order le;
            enum kind : u8 { A = 1, B = 2 } closed
            struct leg { u32 a where it < 9; u8 b; }
            enum two : u2 { A = 1, B = 2 } closed
            bits b : u8 lsb { two kind : 2; pad : 6; }
            message m id 1 version 2 {
                u32 xs[2] where it != 0; leg leg; leg legs[2]; b bits; char tag[2]; kind ks[2]; u16 late[2] where it < 3
                    since 2;
                leg more[max 3]; kind kinds[max 3];
            }
            """;
        Driver driver = Schema.Build(
            """
            public static string Of(int wrong)
            {
                byte[] target = new byte[256];
                var e = new MEncoder(target) { Bits = new B(1) };
                e.Xs.Set(0, 1); e.Xs.Set(1, wrong == 1 ? 0u : 1);
                var leg = e.Leg; leg.A = wrong == 2 ? 9u : 8;
                BitConverter.TryWriteBytes(e.Legs[5..], wrong == 3 ? 9 : 8);
                e.Bits = new B(wrong == 4 ? (byte)3 : (byte)1);
                e.Ks.Set(0, 1); e.Ks.Set(1, wrong == 5 ? (byte)3 : (byte)2);
                e.Late.Set(1, wrong == 6 ? (ushort)3 : (ushort)2);
                byte[] more = new byte[10];
                more[5] = wrong == 7 ? (byte)9 : (byte)8;
                e.SetMore(more);
                e.SetKinds([1, wrong == 8 ? (byte)4 : (byte)2]);
                var issues = new LayoutIssue[4]; var report = new LayoutReport(issues);
                var v = new MView(target.AsSpan(0, e.Finish()));
                return v.Validate(ref report) == v.IsValid ? string.Join(' ', report.Issues.ToArray()) : "not the same";
            }
            """,
            schema);
        string[] paths = ["", "m.xs[1]", "m.leg.a", "m.legs[1].a", "m.bits.kind", "m.ks[1]", "m.late[1]", "m.more[1].a",
            "m.kinds[1]"];
        for (int wrong = 0; wrong < paths.Length; wrong++)
        {
            string said = driver.Call<string>("Of", wrong);
            Assert.True(wrong == 0 ? said.Length == 0 : said.Contains($"({paths[wrong]})", StringComparison.Ordinal),
                $"{wrong}: {said}");
        }
    }

    [Fact]
    public void A_structure_in_a_message_gets_its_arguments_and_a_part_has_a_size_that_there_can_be()
    {
        Driver driver = Schema.Build(
            """
            public static string Of()
            {
                byte[] target = new byte[64];
                var e = new MEncoder(target) { N = 3 };
                var leg = e.Leg;
                leg.A = 5;
                var v = new MView(target.AsSpan(0, e.Finish()));
                return $"{v.Leg.Twice}";
            }
            """,
            """
            layout 1; namespace t; order le;
            struct leg(u8 factor) { u8 a; let twice = a * factor; }
            message m id 1 version 1 { u8 n; leg leg(n); }
            """);
        Assert.Equal("15", driver.Call<string>("Of"));
        CompileResult large = Schema.Compile(
            "layout 1; order le; struct r { u8 x[4096]; } message m id 1 version 1 { r p[max 1000000]; }");
        Assert.Equal("KK1206", Assert.Single(large.Diagnostics).Code);
    }

    [Fact]
    public void A_message_is_encoded_in_place_and_read_through_a_view()
    {
        Driver driver = Schema.Build(
            """
            public static string Of()
            {
                byte[] target = new byte[256];
                var e = new OrderAddEncoder(target) { Id = 9, Price = 77, Ratio = 0.5, Venue = 3 };
                e.Rates.Set(1, 11); "code"u8.CopyTo(e.Code); var leg = e.Leg; leg.A = 4;
                e.SetName("naïve");
                e.SetNums(stackalloc ushort[] { 1, 2, 3 });
                int length = e.Finish();
                var v = new OrderAddView(target.AsSpan(0, length));
                v.TryGetNameString(out string name);
                string shown = $"{v.Id} {v.Price} {v.Side} {v.Flags} {v.HasVenue} {v.Rates[1]} {v.Leg.A} {v.Ratio} "
                    + $"{name} {v.Nums.Length} {v.Nums[2]} {v.Blob.Length} {v.Legs.Length} {v.IsValid} "
                    + $"{v.Length == length} {length}";
                for (int cut = 0; cut < length; cut++)
                    if (OrderAddView.TryOpen(target.AsSpan(0, cut), out _)) return "cut";
                return shown;
            }
            public static void Order()
            {
                var e = new OrderAddEncoder(new byte[256]);
                e.SetNums(default);
                e.SetName("x");
            }
            public static void Long() => new OrderAddEncoder(new byte[256]).SetName("123456789");
            """,
            Third);
        Assert.Equal("9 77 BUY 5 False 11 4 0.5 naïve 3 3 0 0 True True 84", driver.Call<string>("Of"));
        Assert.Throws<LayoutException>(() => driver.Call<object>("Order"));
        Assert.Throws<LayoutException>(() => driver.Call<object>("Long"));
    }

    [Theory]
    [InlineData("le")]
    [InlineData("be")]
    public void The_short_way_to_open_a_plain_message_says_what_the_long_way_says(string order)
    {
        Driver driver = Schema.Build(
            """
            public static string Compare()
            {
                byte[] whole = new byte[40];
                int length = new PlainEncoder(whole) { Id = 9, Kind = 4 }.Finish();
                int opened = 0, refused = 0;
                for (int there = 0; there <= whole.Length; there++)
                    for (int at = 0; at < 12; at++)
                        for (int value = 0; value < 256; value++)
                        {
                            byte kept = whole[at];
                            whole[at] = (byte)value;
                            bool isShort = PlainView.TryOpen(whole.AsSpan(0, there), out PlainView a);
                            bool isLong = PlainView.TryOpen(whole.AsSpan(0, there), out PlainView b, out _);
                            whole[at] = kept;
                            if (isShort != isLong || a.Length != b.Length || isLong && (a.Id != b.Id
                                || a.UnknownFixed.Length != b.UnknownFixed.Length
                                || a.UnknownParts.Length != b.UnknownParts.Length || a.Bytes != b.Bytes))
                                return $"{there} bytes, {value} at {at}";
                            if (isLong) opened++; else refused++;
                        }
                return $"{length} {opened > 1000} {refused > 1000}";
            }
            """,
            $"layout 1; namespace t; order {order}; message plain id 300 version 2 {{ u64 id; u8 kind; }}");
        Assert.Equal("21 True True", driver.Call<string>("Compare"));
    }

    [Fact]
    public void Old_and_new_versions_read_each_other_and_lose_nothing()
    {
        Driver old = Schema.Build(
            """
            public static byte[] Make()
            {
                var m = new OrderAdd { Id = 5, Price = 6, Side = Side.SELL, Name = "abc" };
                var w = new System.Buffers.ArrayBufferWriter<byte>();
                m.Encode(w);
                return w.WrittenSpan.ToArray();
            }
            public static byte[] Pass(byte[] b)
            {
                var m = OrderAdd.Decode(b);
                m.Price++;
                m.Name = "z";
                var w = new System.Buffers.ArrayBufferWriter<byte>();
                m.Encode(w);
                return w.WrittenSpan.ToArray();
            }
            """,
            First);
        Driver now = Schema.Build(
            """
            public static string Read(byte[] b)
            {
                var v = new OrderAddView(b);
                var m = OrderAdd.Decode(b);
                return $"{v.MessageVersion} {v.Id} {v.Price} {v.Side} {v.HasFlags} {v.Flags} {v.Venue} {m.Name} "
                    + $"{v.HasNums} {v.Nums.Length} {v.Code.Length} {v.IsValid} {m.Ratio} {m.Blob.Length} "
                    + v.UnknownParts.Length;
            }
            public static byte[] Make()
            {
                var m = new OrderAdd { Id = 5, Price = 6, Name = "abc", Flags = 8, Ratio = 2.5,
                    Nums = [1, 2], Blob = [9],
                    Code = "wxyz"u8.ToArray(), Rates = [3, 4], Leg = [1, 0, 0, 0, 2] };
                var w = new System.Buffers.ArrayBufferWriter<byte>();
                m.Encode(w);
                return w.WrittenSpan.ToArray();
            }
            """,
            Third);
        byte[] made = old.Call<byte[]>("Make");
        Assert.Equal("1 5 6 SELL False 5 0 abc False 0 0 True 0 0 0", now.Call<string>("Read", made));
        byte[] passed = old.Call<byte[]>("Pass", now.Call<byte[]>("Make"));
        Assert.Equal("3 5 7 BUY True 8 0 z True 2 4 True 2.5 1 0", now.Call<string>("Read", passed));
    }

    [Fact]
    public void Hostile_messages_are_refused_or_read_never_more()
    {
        Driver driver = Schema.Build(
            """
            public static int Of(int seed)
            {
                var random = new Random(seed);
                byte[] good = new byte[200];
                var e = new OrderAddEncoder(good) { Id = 1 };
                e.SetName("abc"); e.SetBlob(new byte[5]);
                int length = e.Finish(), opened = 0;
                for (int i = 0; i < 20000; i++)
                {
                    byte[] b = good[..random.Next(length + 1)];
                    if (random.Next(2) == 0) b = good[..length];
                    for (int k = random.Next(4); k > 0 && b.Length > 0; k--)
                        b[random.Next(b.Length)] = (byte)random.Next(256);
                    if (!OrderAddView.TryOpen(b, out var v, out var issue)) { _ = issue.ToString(); continue; }
                    opened++;
                    _ = v.ToString();
                    _ = v.IsValid;
                    _ = v.UnknownFixed.Length + v.UnknownParts.Length + v.Legs.Length;
                }
                return opened;
            }
            """,
            Third.Replace("byte blob[max 16] since 3; str name[max 8];", "str name[max 8]; byte blob[max 16] since 3;",
                StringComparison.Ordinal).Replace("u16 nums[max 4] since 2;", "", StringComparison.Ordinal));
        Assert.InRange(driver.Call<int>("Of", 1), 1000, 20000);
    }

    [Fact]
    public void Fields_of_structures_come_and_go_with_a_version_in_the_data()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new HistoryView(b);
                return $"{v.HasB} {v.BOrDefault} {v.HasC} {v.Last} {v.Length}";
            }
            public static string Given(byte[] b, int version)
            {
                var v = new GivenView(b, (ushort)version);
                return $"{v.HasB} {v.Last}";
            }
            """,
            """
            layout 1; namespace t; order le;
            struct history { u8 version; u16 a; u16 b since 2 = 77; u8 c until 3; u8 last; }
            struct given(u16 version) { u8 a; u16 b since 4; u8 last; }
            """);
        Assert.Equal("False 77 True 5 5", driver.Call<string>("Of", new byte[] { 1, 2, 0, 4, 5 }));
        Assert.Equal("True 772 False 5 6", driver.Call<string>("Of", new byte[] { 3, 2, 0, 4, 3, 5 }));
        Assert.Equal("False 2", driver.Call<string>("Given", new byte[] { 1, 2, 3, 4 }, 3));
        Assert.Equal("True 4", driver.Call<string>("Given", new byte[] { 1, 2, 3, 4 }, 4));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("case 1:|case 2:", "v.x: was there if `case 1 of must be a case of union (k)`, is if `case 2 of ")]
    [InlineData("if k == 3;|if k == 4;", "v.opt: was there if `k == 3`, is if `k == 4`")]
    [InlineData(
        "within (n bytes)|within (n + 1 bytes)",
        "v: had the lengths of parts without a name `within n, pad n`")]
    [InlineData(
        "pad n;|pad n + 1;",
        "v: had the lengths of parts without a name `within n, pad n`, has `within n, pad n + 1`")]
    [InlineData("check crc32(self[.. crc])|check crc32c(self[.. crc])", "v: had the checks `crc crc32(self[.. crc]), ")]
    [InlineData("transform zlib|transform deflate", "v: had the transforms `data zlib max 67108864`")]
    [InlineData("assert n < 9;|assert n < 8;", "v: had the assertions `n < 9`, has `n < 8`")]
    [InlineData("file + n|self + n", "v: had the references ")]
    [InlineData("v(u8 k)|v(u16 k)", "v: had the parameters `k u8`, has `k u16`")]
    [InlineData("zero 2;|pad 2;", "v: had the zeros `2 at part ")]
    [InlineData("low : 4; high : 4;|high : 4; low : 4;", "v.inner.low: is other bits now")]
    [InlineData("w w;|be w w;", "v.w: was w, is w be")]
    [InlineData("enum w : u16|enum w : be16", "w: has another byte order")]
    [InlineData(
        "default: xxhash64(5)|default: xxhash64(6)",
        "sums: was `default: xxhash64 5`, is `default: xxhash64 6`")]
    [InlineData(
        "probe plain at 0|probe plain at 512",
        "f: was found by `plain at 0: a == 1 le`, is by `plain at 512: ")]
    [InlineData("= lp64,|= lp64, i386,", "c: had one layout and has one for each ABI")]
    [InlineData(
        "version 1 { u64 id;|version 2 { u64 id; u32 more;",
        "m.more: is new in a version that was there before")]
    [InlineData("version 1 { u64 id;|version 2 { u64 id since 2;", "m.id: has other versions than it had; keep them")]
    [InlineData("u16 p[max 4];|s16 p[max 4];", "m.p: holds another type [All]")]
    [InlineData("u16 p[max 4];|f16 p[max 4];", "m.p: holds another type [All]")]
    [InlineData("version 1 { u64 id;|version 2 { u64 id until 2;", "")]
    [InlineData("u32 b;|u16 b; u16 rest;", "s.b: was u32, is u16 [All]")]
    [InlineData("u32 b;|u32 c;", "s.b: is called c now [Source, Json]")]
    [InlineData("u32 b;|", "s: took 16 bytes, takes 12")]
    [InlineData("u32 b;|u32 b where it > 2;", "s.b: had the rule ``, has `where it > 2` [NewReader]")]
    [InlineData("u8 a;|u8 z; u8 a;", "s.a: moved from offset 0 to offset 1")]
    [InlineData("A = 1|A = 2", "e.A: was 1, is 2 [All]")]
    [InlineData("} closed|, C = 3 } closed", "e: is closed and has new values [OldReader]")]
    [InlineData("low : 3;|low : 2; more : 1;", "b.low: is other bits now")]
    [InlineData("id 7|id 8", "m: had the id 7, has 8")]
    [InlineData("version 1 { u64 id;|version 2 { u64 id; u32 more since 2;", "")]
    [InlineData("version 1 { u64 id;|version 1 { u64 id; u32 more;", "m: is version 1, and was 1")]
    [InlineData("str name[max 8];|str name[max 4];", "m.name: had at most 8 elements, has 4 [NewReader]")]
    [InlineData("s64 price;|", "m.price: is gone; keep it with `until`")]
    [InlineData("order le|order be", "s: has another byte order")]
    [InlineData("const K = 1|const K = 2", "K: was 1, is 2")]
    [InlineData("struct s|struct t_", "s: is gone")]
    public void A_comparison_says_what_changes_for_whom(string change, string expected)
    {
        const string before = """
            layout 1; namespace t; order le; const K = 1;
            enum e : u8 { A = 1, B = 2 } closed
            bits b : u8 lsb { low : 3; high : 5; }
            struct s { u8 a; e e; b tag; u8 d; u32 b; u64 c8; }
            message m id 7 version 1 { u64 id; s64 price; str name[max 8]; u16 p[max 4]; }
            enum w : u16 { X = 1 } param abi A = lp64, lp64_be;
            check sums(bytes...) { default: xxhash64(5); }
            struct c abi { u8 a; long b; }
            struct v(u8 k) {
                u8 n; bits inner : u8 lsb { low : 4; high : 4; }; w w; u32 crc check crc32(self[.. crc]);
                union (k) { case 1: u16 x; default: {} } u8 opt if k == 3; within (n bytes) { pad rest; } pad n;
                u8 data[n] transform zlib; zero 2; ref more[n bytes] at file + n; assert n < 9;
                u64 sum check sums(data);
            }
            format f { probe plain at 0; accept a == 1; } struct plain { u8 a; }
            """;
        string[] parts = change.Split('|');
        string after = parts.Length == 2 ? before.Replace(parts[0], parts[1], StringComparison.Ordinal) : before;
        SchemaComparisonResult result = SchemaComparison.Compare(
            "old", "new", path => path == "old" ? before : path == "new" ? after : null);
        Assert.Empty(result.Diagnostics);
        string all = string.Join('\n', result.Breaks);
        if (expected.Length == 0)
        {
            Assert.Equal("", all);
        }
        else
        {
            Assert.Contains(expected, all, StringComparison.Ordinal);
        }
    }
}

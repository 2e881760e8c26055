using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>One small schema for each part of the language that UFS does not use, and what its code does.</summary>
public sealed class FeatureTests
{
    [Fact]
    public void Integers_of_every_width_are_read_and_written_in_both_orders()
    {
        string fields = string.Concat(Enumerable.Range(1, 8).Select(static n => $"u{8 * n} u{n}; s{8 * n} s{n}; "));
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b, bool le) => le ? Of<LittleEndian>(b) : Of<BigEndian>(b);
            static string Of<O>(byte[] b) where O : struct, IByteOrder
            {
                var v = new WidthsView<O>(b);
                string read = $"{v.U1:x} {v.U2:x} {v.U3:x} {v.U4:x} {v.U5:x} {v.U6:x} {v.U7:x} {v.U8:x} "
                    + $"{v.S1} {v.S2} {v.S3} {v.S4} {v.S5} {v.S6} {v.S7} {v.S8}";
                var e = new WidthsEdit<O>(new byte[WidthsView<O>.Size]);
                e.U1 = v.U1; e.U2 = v.U2; e.U3 = v.U3; e.U4 = v.U4; e.U5 = v.U5; e.U6 = v.U6; e.U7 = v.U7; e.U8 = v.U8;
                e.S1 = v.S1; e.S2 = v.S2; e.S3 = v.S3; e.S4 = v.S4; e.S5 = v.S5; e.S6 = v.S6; e.S7 = v.S7; e.S8 = v.S8;
                return read + " " + e.View.Bytes.SequenceEqual(b);
            }
            """,
            $"layout 1; namespace t; param order O; struct widths {{ {fields} }}");
        foreach (bool isLittleEndian in (bool[])[true, false])
        {
            byte[] bytes = new byte[72];
            var put = new Put(bytes, isLittleEndian);
            int at = 0;
            for (int n = 1; n <= 8; n++)
            {
                put.At(at, unchecked((long)(0xf1e2d3c4b5a69788UL >> (64 - (8 * n)))), n).At(at + n, -2 * n, n);
                at += 2 * n;
            }

            Assert.Equal(
                "f1 f1e2 f1e2d3 f1e2d3c4 f1e2d3c4b5 f1e2d3c4b5a6 f1e2d3c4b5a697 f1e2d3c4b5a69788 "
                + "-2 -4 -6 -8 -10 -12 -14 -16 True",
                driver.Call<string>("Of", bytes, isLittleEndian));
            var random = new Random(11);
            for (int i = 0; i < 500; i++)
            {
                random.NextBytes(bytes);
                Assert.EndsWith("True", driver.Call<string>("Of", bytes, isLittleEndian), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void One_member_states_its_own_order_whatever_its_type()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new MixedView<LittleEndian>(b);
                var e = new MixedEdit<LittleEndian>(b.ToArray());
                e.K = v.K; e.P = v.P; e.N = v.N;
                return $"{(int)v.K} {v.P.Low} {v.N:x} {v.I.X:x} {v.J.X:x} {v.Many[1].X:x} {v.F} {v.Le:x} {v.Plain} "
                    + e.View.Bytes.SequenceEqual(b);
            }
            """,
            """
            layout 1; namespace t; param order O;
            enum kind : u16 { A = 0x102 }
            bits parts : u16 lsb { low : 8; high : 8; }
            struct inner { u16 x; }
            enum le : u16 { B }
            struct mixed {
                be kind k; be parts p; be u32 n; be inner i; inner j; be inner many[2]; be f32 f; le le at 22;
                `le` plain where it == A;
            }
            """);
        byte[] bytes = new byte[26];
        new byte[] { 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x3f, 0x80, 0, 0 }.CopyTo(bytes, 0);
        bytes[22] = 0x0d;
        Assert.Equal("258 4 1020304 506 807 b0c 1 000D B True", driver.Call<string>("Of", bytes));
    }

    [Fact]
    public void Arrays_of_structures_take_parameters()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new TableView(b);
                string all = "";
                foreach (PairView pair in v.Pairs) all += $"{pair.HasWide}{pair.Sum} ";
                foreach (PairView pair in v.More) all += $"{pair.HasWide} ";
                foreach (BigView big in v.Bigs) all += $"{big.HasY} ";
                var e = new TableEdit(b);
                var pair1 = e.Pairs[1];
                pair1.X = 9;
                return $"{all}{v.Pairs[1].X} {v.Far[0].HasWide} {e.Far[0].View.HasWide} {v.IsValid}";
            }
            public static string Round(byte[] b)
            {
                Table held = Table.From(new TableView(b));
                return $"{held.ToArray().AsSpan().SequenceEqual(b)} {held.Pairs[0].Wide}";
            }
            """,
            Schema.Options with { Objects = true },
            """
            layout 1; namespace t; order le;
            struct pair(bool wide, u8 scale) {
                u8 x;
                overlay { u8 narrow if !wide; u8 wide_ @name(Wide) if wide; }
                let sum = x * scale;
            }
            struct big(bool wide) { u8 x[5000]; overlay { u8 y if wide; u8 z; } }
            struct table {
                u8 kind, n, at_;
                pair pairs[2](kind == 1, 3);
                pair more[n](wide = true, scale = 1);
                big bigs[1](true);
                pair far[1](kind != 1, 1) at self + at_;
            }
            """);
        byte[] bytes = new byte[5012];
        (bytes[0], bytes[1], bytes[2]) = (1, 1, 0);
        bytes[3] = 2;
        bytes[5] = 4;
        Assert.Equal("True6 True12 True True 9 False False True", driver.Call<string>("Of", bytes));
        Assert.Equal("True 0", driver.Call<string>("Round", bytes));
    }

    [Fact]
    public void A_counted_run_of_records_of_run_time_length_is_opened_one_by_one()
    {
        const string schema =
            """
            layout 1; namespace t; order be;
            struct item(u8 kind) { u8 n where it < 9; byte text[n]; let doubled = kind * 2; }
            struct list {
                u16 count; u8 kind;
                item items[count max 300](kind);
                item two[2](1);
                u8 end = 0x7f;
            }
            """;
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                if (!ListView.TryOpen(b, out var v, out LayoutIssue issue)) return issue.ToString();
                string all = "";
                foreach (ItemView item in v.Items) all += $"{item.N}:{item.Doubled} ";
                bool same = List.From(v).ToArray().AsSpan().SequenceEqual(b);
                return $"{all}{v.Two.Bytes.Length} {v.End} {v.Length} {same} {v.IsValid}";
            }
            public static string Missing(byte[] b)
            {
                bool has = ListView.Probe(b, out _, out int missing);
                return $"{has} {missing}";
            }
            """,
            Schema.Options with { Objects = true },
            schema);
        byte[] bytes = [0, 3, 5, 1, 9, 0, 2, 8, 8, 0, 0, 0x7f];
        Assert.Equal("1:10 0:10 2:10 2 127 12 True True", driver.Call<string>("Of", bytes));
        Assert.Equal("False 1", driver.Call<string>("Missing", bytes[..11]));
        bytes[1] = 200;
        Assert.Contains("`count` structures of 1 or more bytes must fit", driver.Call<string>("Of", bytes),
            StringComparison.Ordinal);
        (bytes[0], bytes[1]) = (2, 0);
        Assert.Contains("at most 300 elements", driver.Call<string>("Of", bytes), StringComparison.Ordinal);
        (bytes[0], bytes[1]) = (0, 8);
        Assert.Contains("do not form the structure item", driver.Call<string>("Of", bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_structure_may_hold_a_run_of_itself_and_how_deep_it_goes_is_bounded()
    {
        const string schema =
            """
            layout 1; namespace t; order be;
            enum tag : u8 { END = 0, INT = 1, LIST = 3 }
            struct item {
                tag tag; u16 length;
                within (length bytes) {
                    union (tag) {
                        case INT: { s32 value where it != 0; }
                        case LIST: item items[] until end;
                        default: { pad rest; }
                    }
                }
            }
            """;
        const string odd =
            """
            struct odd { other o[] until end; }
            struct other { u8 n; within (n bytes) { odd x[] until end; } }
            """;
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new ItemView(b);
                var issues = new LayoutIssue[1]; var report = new LayoutReport(issues);
                bool isGood = v.Validate(ref report);
                string text = v.ToString();
                string copied;
                try { copied = $"{Item.From(v).ToArray().AsSpan().SequenceEqual(b)}"; }
                catch (LayoutException exception) { copied = exception.Message; }
                string issue = isGood ? "" : issues[0].ToString();
                return $"{isGood} {issue} {text.Contains("value")} {text.Contains("deeper")} {copied}";
            }
            """,
            Schema.Options with { Objects = true },
            schema);
        byte[] bytes = [1, 0, 4, 0, 0, 0, 9];
        Assert.Equal("True  True False True", driver.Call<string>("Of", Nested(bytes, 3)));
        Assert.StartsWith(
            "False offset 0xf (item.items[0].items[0].items[0].items[0].value): 0x0, must satisfy it != 0",
            driver.Call<string>("Of", Nested([1, 0, 4, 0, 0, 0, 0], 4)), StringComparison.Ordinal);
        string deep = driver.Call<string>("Of", Nested(bytes, 10_000));
        Assert.StartsWith("False offset 0x", deep, StringComparison.Ordinal);
        Assert.Contains("must not nest deeper than 32 structures", deep, StringComparison.Ordinal);
        Assert.EndsWith("True item nests deeper than 32 structures; read it through views", deep,
            StringComparison.Ordinal);

        // A run of what may take no bytes never ends; and what is opened at once cannot hold itself.
        Assert.Equal("KK1105", Schema.Compile(schema + odd).Diagnostics[0].Code);
        Assert.Equal("KK1105", Schema.Compile("layout 1; struct a { u8 n; a x[n]; }").Diagnostics[0].Code);

        static byte[] Nested(byte[] inner, int depth)
        {
            // A length has 16 bits: what is deeper than that is cut, and wrong in its innermost parts.
            byte[] made = new byte[(3 * depth) + inner.Length];
            for (int i = 0; i < depth; i++)
            {
                int rest = Math.Min(made.Length - (3 * i) - 3, ushort.MaxValue);
                (made[3 * i], made[(3 * i) + 1], made[(3 * i) + 2]) = (3, (byte)(rest >> 8), (byte)rest);
            }

            inner.CopyTo(made, 3 * depth);
            return made;
        }
    }

    [Fact]
    public void Offsetof_is_the_constant_offset_of_a_field()
    {
        Assert.Contains(" B = 6;", Schema.Output(
            "layout 1; namespace t; order le; struct s { u32 a; u16 x, y; } const b = offsetof(s, y);",
            "Constants.test.g.cs"), StringComparison.Ordinal);
        Assert.Equal("KK1301", Schema.Compile("layout 1; struct s { u8 n; u8 x[n]; u8 y; } const b = offsetof(s, y);")
            .Diagnostics.Single().Code);
    }

    [Fact]
    public void A_field_of_bits_that_is_set_reads_back_and_leaves_the_others()
    {
        Driver driver = Schema.Build(
            """
            public static bool Of(ulong all, int a, uint b, int c, bool d)
            {
                var old = new Wide(all);
                var set = old.WithA(a).WithB(b).WithC(c).WithD(d);
                return set.A == a && set.B == b && set.C == c && set.D == d && set.E == old.E
                    && set.WithA(old.A).WithB(old.B).WithC(old.C).WithD(old.D) == old;
            }
            """,
            "layout 1; namespace t; order le; bits wide : u64 msb { a : 13; b : 32; d : 1; c : 9 << 5; e : 9; }");
        var random = new Random(12);
        for (int i = 0; i < 1_000; i++)
        {
            Assert.True(driver.Call<bool>(
                "Of",
                (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                random.Next(1 << 13),
                (uint)random.NextInt64(1L << 32),
                random.Next(1 << 9) << 5,
                random.Next(2) == 0));
        }
    }

    [Fact]
    public void Arrays_of_odd_widths_are_walked_copied_and_written()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var e = new ArraysEdit(b);
                e.A.Set(1, -5); e.B.Set(2, 0x123456); e.C.Set(0, -1); e.D.Set(1, 7);
                var v = e.View;
                var copy = new uint[3]; v.B.CopyTo(copy);
                var shorts = new short[2]; v.A.CopyTo(shorts);
                string all = string.Join(",", shorts) + " " + string.Join(",", copy) + " ";
                foreach (sbyte x in v.C) all += x + ",";
                foreach (ulong x in v.D) all += x + ",";
                return all + Convert.ToHexString(b);
            }
            """,
            "layout 1; namespace t; order be; struct arrays { s16 a[2]; u24 b[3]; s8 c[2]; le40 d[2]; }");
        Assert.Equal(
            "0,-5 0,0,1193046 -1,0,0,7,0000FFFB000000000000123456FF0000000000000700000000",
            driver.Call<string>("Of", new byte[25]));
    }

    [Fact]
    public void Bits_are_taken_from_the_stated_end_and_scaled()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var e = new RefEdit(b);
                e.Off = e.Off.WithRadix(16).WithBlock(0x41_0000UL << 6);
                e.Top = new Top(0).WithA(5).WithB(true).WithKind(Kind.Y);
                e.Methods = e.Methods.WithLow(3);
                var v = e.View;
                return $"{v.Off.Radix} {v.Off.Block:x} {v.Off.Value:x} {v.Top.Value:x} {v.Top.A} {v.Top.B} "
                    + $"{v.Top.Kind} "
                    + $"{v.Methods.Low} {v.Methods.High} {Convert.ToHexString(b)}";
            }
            public static void Odd(byte[] b) => new RefEdit(b).Off.WithBlock(65);
            public static void Wide(byte[] b) => new RefEdit(b).Top.WithA(8);
            public static void Negative(byte[] b) => new RefEdit(b).Top.WithA(-1);
            """,
            """
            layout 1; namespace t; order le;
            bits data_off : u64 lsb { radix : 6; block : 58 << 6; }
            enum kind : u4 { X = 1, Y = 2 }
            bits top : u8 msb { a : 3; b : 1; kind kind : 4; }
            struct ref { data_off off; top top; bits methods : u8 lsb { low : 4; high : 4; } }
            """);
        Assert.Equal(
            "16 10400000 10400010 b2 5 True Y 3 15 1000401000000000B2F3",
            driver.Call<string>("Of", new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => driver.Call<object>("Odd", new byte[10]));
        Assert.Throws<ArgumentOutOfRangeException>(() => driver.Call<object>("Wide", new byte[10]));
        Assert.Throws<ArgumentOutOfRangeException>(() => driver.Call<object>("Negative", new byte[10]));
    }

    [Fact]
    public void Sequential_parts_of_run_time_length_follow_each_other()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                if (!MixView.TryOpen(b, 3, out var v, out var issue)) return issue.ToString();
                string has = v.HasExtra ? v.Extra.ToString() : "-";
                int last = v.Pairs.Length > 0 ? v.Pairs[v.Pairs.Length - 1].B : 0;
                return $"{v.Nums[v.Nums.Length - 1]} {has} {v.Map.Length}:{v.Map.CountSet()} {v.Inner.Text.Length} "
                    + $"{v.Pairs.Length} {last} {v.Tail.Length} {v.Length}";
            }
            """,
            """
            layout 1; namespace t; order le;
            struct pair { u8 a; u16 b; }
            struct text(u8 scale) { u8 n where it < 100; char text[n * scale]; }
            struct mix(u8 scale) {
                u8 count, flags, bits_;
                u16 nums[count];
                u32 extra if flags & 1;
                bitmap map[bits_];
                pad (4 - (count + 1) % 4) % 4;
                text inner(scale);
                u8 npairs;
                pair pairs[npairs];
                s16 tail[] until end;
            }
            """);
        byte[] bytes =
        [
            2, 1, 12, // count, flags, bits
            1, 0, 2, 1, // nums
            9, 0, 0, 0, // extra
            0xff, 0x0f, // map
            0, // pad: (2 + 1) % 4 = 3, so 1
            1, (byte)'a', (byte)'b', (byte)'c', // inner, scale 3
            1, 7, 8, 0, // one pair
            5, 0, 6, 0, // tail
        ];
        Assert.Equal("258 9 12:12 3 1 8 2 26", driver.Call<string>("Of", bytes));
        bytes[1] = 0;
        Assert.NotEqual("258 9 12:12 3 1 8 2 26", driver.Call<string>("Of", bytes));
        bytes[1] = 1;
        for (int length = 0; length < bytes.Length; length++)
        {
            string said = driver.Call<string>("Of", bytes[..length]);
            bool isWhole = length is 22 or 24;
            Assert.Equal(isWhole, !said.Contains("offset", StringComparison.Ordinal));
        }

        bytes[14] = 100;
        Assert.Equal(
            "offset 0xe (mix.inner): 12 bytes, do not form the structure text",
            driver.Call<string>("Of", bytes));
    }

    [Fact]
    public void A_sub_range_must_be_filled()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b) => BoxView.TryOpen(b, out _, out var issue) ? "fine" : issue.ToString();
            """,
            "layout 1; namespace t; struct box { u8 n; within (n bytes) { u8 a; u8 b; } u8 last; }");
        Assert.Equal("fine", driver.Call<string>("Of", new byte[] { 2, 0, 0, 0 }));
        Assert.Equal(
            "offset 0x3 (box.n): 1 bytes, are left over at the end of the sub-range",
            driver.Call<string>("Of", new byte[] { 3, 0, 0, 0, 0 }));
        Assert.Equal(
            "offset 0x0 (box.b): 2 bytes, needs more bytes than are left",
            driver.Call<string>("Of", new byte[] { 1, 0, 0, 0, 0 }));
        string said = driver.Call<string>("Of", new byte[] { 4, 0, 0, 0 });
        Assert.Contains("must fit what is left", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_union_gives_the_fields_of_its_case_only()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new TaggedView(b);
                string all = $"{v.HasNumber} {v.HasRaw} {v.HasName} {v.IsValid} ";
                return all + (v.HasNumber ? v.Number : v.HasName ? v.NameText.Length : -1);
            }
            public static uint Number(byte[] b) => new TaggedView(b).Number;
            public static void SetNumber(byte[] b) { var e = new TaggedEdit(b); e.Number = 5; }
            """,
            """
            layout 1; namespace t; order le;
            enum kind : u8 { NUMBER = 1, NAME = 2, OTHER = 3, RAW = 4 }
            struct tagged {
                kind kind;
                union (kind) {
                    case NUMBER, OTHER: { u32 number; pad 4; }
                    case NAME: char name[8];
                    case RAW: { u8 raw[8]; }
                }
            }
            """);
        byte[] other = [3, 1, 2, 3, 4, 0, 0, 0, 0];
        Assert.Equal("True False False True 67305985", driver.Call<string>("Of", other));
        Assert.Equal("False False True True 2", driver.Call<string>("Of", new byte[] { 2, 1, 2, 0, 4, 0, 0, 0, 0 }));
        Assert.Equal("False False False False -1", driver.Call<string>("Of", new byte[9]));
        byte[] bytes = [4, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Throws<LayoutException>(() => driver.Call<uint>("Number", bytes));
        Assert.Throws<LayoutException>(() => driver.Call<object>("SetNumber", bytes));
        bytes[0] = 1;
        driver.Call<object>("SetNumber", bytes);
        Assert.Equal(5, bytes[1]);
    }

    [Fact]
    public void Lengths_without_a_value_and_lengths_over_64_bits_are_refused()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b) => OddView.TryOpen(b, out var v, out var issue)
                ? v.X.Length.ToString() : issue.ToString();
            """,
            """
            layout 1; namespace t; order le;
            struct odd { u8 divisor, shift; u64 big; u8 x[(1 << shift) / divisor + big * 16]; }
            """);
        byte[] bytes = new byte[100];
        Assert.Contains("has no value", driver.Call<string>("Of", bytes), StringComparison.Ordinal);
        bytes[0] = 2;
        bytes[1] = 5;
        Assert.Equal("16", driver.Call<string>("Of", bytes));
        bytes[1] = 64;
        Assert.Contains("has no value", driver.Call<string>("Of", bytes), StringComparison.Ordinal);
        bytes[1] = 63;
        Assert.Contains("0x4000000000000000", driver.Call<string>("Of", bytes), StringComparison.Ordinal);
        bytes[1] = 1;
        bytes.AsSpan(2, 8).Fill(0xff);
        Assert.Contains("0xffffffffffffffff1", driver.Call<string>("Of", bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Structures_over_a_page_and_schemas_of_several_namespaces_work()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new LargeView(b);
                return $"{v.Last} {v.Parts[1].X} {v.Parts.Length} {LargeView.Size} {v.IsValid} {v.Kind}";
            }
            public static uint Default() => default(LargeView).Last;
            """,
            """
            layout 1; namespace t; order be; import "s1.layout";
            struct large { u8 fill[5000]; u32 last; other.part parts[2]; other.kind kind; }
            """,
            """
            layout 1; namespace other; param order O;
            struct part { u16 x where it != 3; }
            enum kind : u16 { A = 1 } closed
            """);
        byte[] bytes = new byte[5010];
        bytes[5003] = 9;
        bytes[5007] = 4;
        bytes[5009] = 1;
        Assert.Equal("9 4 2 5010 True A", driver.Call<string>("Of", bytes));
        Assert.ThrowsAny<Exception>(() => driver.Call<uint>("Default"));
    }

    [Fact]
    public void A_name_that_code_needs_itself_gets_a_suffix_and_an_attribute_decides()
    {
        string view = Schema.Output(
            "layout 1; namespace t; struct a { u8 size, length, `struct`, bytes; u8 view @name(Sight); u8 is_valid; }",
            "A.g.cs");
        foreach (string name in (string[])["SizeValue", "LengthValue", "Struct", "BytesValue", "Sight", "IsValidValue"])
        {
            Assert.Contains($"public byte {name} =>", view, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Openers_are_names_everywhere_else()
    {
        Driver driver = Schema.Build(
            "public static int Of() => StructView.Size;",
            """
            layout 1; namespace t; order le;
            struct `struct` { u8 layout, namespace, import, order, `enum`, flags, bits, const, check, at, `if`, where; }
            """);
        Assert.Equal(12, driver.Call<int>("Of"));
    }

    [Fact]
    public void Public_code_compiles_without_a_warning_too()
    {
        var options = new CompileOptions { Namespace = "Made", Visibility = LayoutVisibility.Public };
        Assert.NotNull(Schema.Build("public static int Size(Dinode2View<LittleEndian> v) => "
            + "v.Bytes.Length;", options, UfsSchema.Text));
    }

    [Fact]
    public void What_is_generated_is_golden_and_depends_on_nothing_else()
    {
        CompileResult result = LayoutCompiler.Compile(
            "some/folder/sample.layout",
            static _ => File.ReadAllText(Path.Combine(Golden.Folder, "sample.layout")),
            Schema.Options);
        Assert.Empty(result.Diagnostics);
        string all = string.Concat(result.Outputs.Select(static output => $"==== {output.Key}\n{output.Value}"));
        Assert.DoesNotContain('\r', all);
        Assert.DoesNotContain("some/folder", all, StringComparison.Ordinal);
        Golden.Compare("sample.txt", all);
    }
}

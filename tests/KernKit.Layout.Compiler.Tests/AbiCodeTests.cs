using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Structures whose layout depends on the ABI, in generated C#: views, edits, conversions.</summary>
public sealed class AbiCodeTests
{
    private const string Schema1 = """
        layout 1; namespace t; order le; param abi A;
        enum kind : u8 { BOX = 1 }
        bits packed : u16 lsb { low : 4; high : 12; }
        struct point abi { s16 x, y; }
        struct inner abi { u8 tag; u64 value; }
        struct record abi {
            kind kind;
            long count;
            ulong sizes[3];
            char name[5];
            int a : 3, b : 7;
            inner part;
            inner parts[2];
            point place;
            packed bits_;
            double ratio;
            ptr next;
        }
        """;

    private static readonly Lazy<Driver> Made = new(static () => Schema.Build("""
        internal static string Read<TAbi>(byte[] bytes) where TAbi : struct, IRecordLayout
        {
            var view = new RecordView<TAbi>(bytes);
            return FormattableString.Invariant($"{RecordView<TAbi>.Size} {view.Kind} {view.Count} ")
                + FormattableString.Invariant($"{view.GetSizes(2)} {view.Name[4]} {view.A} {view.B} ")
                + FormattableString.Invariant($"{view.Part.Value} {view.GetParts(1).Tag} {view.Place.Y} ")
                + FormattableString.Invariant($"{view.Bits.High} {view.Ratio} {view.Next}");
        }

        internal static byte[] Make<TAbi>(long count, ulong next) where TAbi : struct, IRecordLayout
        {
            byte[] bytes = new byte[RecordView<TAbi>.Size];
            var edit = new RecordEdit<TAbi>(bytes);
            bool isSet = edit.TrySetKind(Kind.BOX) & edit.TrySetCount(count) & edit.TrySetSizes(2, 7) & edit.TrySetA(-3)
                & edit.TrySetB(33) & edit.Part.TrySetValue(5) & edit.GetParts(1).TrySetTag(9)
                & edit.TrySetRatio(1.5) & edit.TrySetNext(next);
            edit.Name[4] = 77;
            var place = edit.Place;
            place.Y = -2;
            isSet &= edit.TrySetBits(new Packed(0x1230));
            return isSet ? bytes : [];
        }

        public static byte[] MakeLp64(long count, ulong next) => Make<Lp64>(count, next);
        public static byte[] MakeI386(long count, ulong next) => Make<I386>(count, next);
        public static byte[] MakeWin32(long count, ulong next) => Make<Win32>(count, next);
        public static string ReadLp64(byte[] bytes) => Read<Lp64>(bytes);
        public static string ReadI386(byte[] bytes) => Read<I386>(bytes);
        public static string ReadWin32(byte[] bytes) => Read<Win32>(bytes);

        public static string Convert(byte[] source, byte[] target, bool up)
        {
            LayoutIssue issue;
            bool isDone = up
                ? RecordFixup.TryConvert<I386, Lp64>(source, target, out issue)
                : RecordFixup.TryConvert<Lp64, I386>(source, target, out issue);
            return isDone ? "done" : issue.ToString();
        }

        public static bool Refuses(int value)
        {
            var edit = new RecordEdit<Lp64>(new byte[200]);
            return !edit.TrySetA(value);
        }

        public static string Short() => new RecordView<Lp64>(new byte[10]).Kind.ToString();
        """, Schema1));

    private const string Values = "BOX -5 7 77 -3 33 5 9 -2 291 1.5 4096";

    [Fact]
    public void One_view_reads_and_writes_each_ABI()
    {
        byte[] lp64 = Made.Value.Call<byte[]>("MakeLp64", -5L, 4096UL);
        byte[] i386 = Made.Value.Call<byte[]>("MakeI386", -5L, 4096UL);
        byte[] win32 = Made.Value.Call<byte[]>("MakeWin32", -5L, 4096UL);

        Assert.Equal($"{lp64.Length} {Values}", Made.Value.Call<string>("ReadLp64", lp64));
        Assert.Equal($"{i386.Length} {Values}", Made.Value.Call<string>("ReadI386", i386));
        Assert.Equal($"{win32.Length} {Values}", Made.Value.Call<string>("ReadWin32", win32));
        Assert.Equal([120, 84], [lp64.Length, i386.Length]);
    }

    [Fact]
    public void A_conversion_is_what_the_other_ABI_would_have_written()
    {
        byte[] lp64 = Made.Value.Call<byte[]>("MakeLp64", -5L, 4096UL);
        byte[] i386 = Made.Value.Call<byte[]>("MakeI386", -5L, 4096UL);
        byte[] up = new byte[lp64.Length];
        byte[] down = new byte[i386.Length];

        Assert.Equal("done", Made.Value.Call<string>("Convert", i386, up, true));
        Assert.Equal(lp64, up);
        Assert.Equal("done", Made.Value.Call<string>("Convert", lp64, down, false));
        Assert.Equal(i386, down);
    }

    [Fact]
    public void What_does_not_fit_the_other_ABI_is_refused_with_its_place()
    {
        byte[] wide = Made.Value.Call<byte[]>("MakeLp64", 1L << 40, 1UL);
        string issue = Made.Value.Call<string>("Convert", wide, new byte[200], false);

        Assert.Equal("offset 0x8 (record.count): 0x10000000000, must fit the other ABI", issue);
        Assert.Empty(Made.Value.Call<byte[]>("MakeI386", 1L << 40, 1UL));
        Assert.Contains("bytes", Made.Value.Call<string>("Convert", wide, new byte[3], false),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(-4, false)]
    [InlineData(-5, true)]
    public void A_bit_field_takes_what_its_width_holds(int value, bool refused) =>
        Assert.Equal(refused, Made.Value.Call<bool>("Refuses", value));

    [Fact]
    public void A_bit_field_keeps_its_sign_where_one_layout_is_all_there_is()
    {
        const string schema = """
            layout 1; namespace t; param abi A = lp64;
            struct s abi { int a : 3; int b : 29; s64 c : 40; uint d : 1; int e : 1; }
            struct t { s s; let is_negative = s.bits0.a < 0; u8 x where s.bits0.a == 0 - 1; }
            """;
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new SView(b);
                return $"{v.Bits0.A} {v.Bits0.B} {v.Bits1.C} {v.Bits1.D} {v.Bits1.E} "
                    + $"{new TView(b).IsNegative} {new TView(b).IsValid}";
            }
            public static string With(int a, int b)
            {
                var bits = new SBits0(0).WithA(a).WithB(b);
                return $"{bits.Value:x} {bits.A} {bits.B}";
            }
            """,
            schema);
        byte[] bytes = [0xff, 255, 255, 0x7f, 0, 0, 0, 0, 0xfe, 255, 255, 255, 255, 3, 0, 0, 0];
        Assert.Equal("-1 268435455 -2 True -1 True True", driver.Call<string>("Of", bytes));
        Assert.Equal("fffffffd -3 -1", driver.Call<string>("With", -3, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => driver.Call<string>("With", 4, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => driver.Call<string>("With", -5, 0));

        Decoded decoded = Decoded.Of(schema, "t", bytes);
        Assert.Contains("t.s.bits0.a=-1 t.s.bits0.b=268435455", decoded.Values, StringComparison.Ordinal);
        Assert.Empty(decoded.Findings);
        Assert.Contains("static inline int64_t t_s_bits0_get_a(", Header(schema), StringComparison.Ordinal);
    }

    private static string Header(string schema) =>
        LayoutHeader.Compile("t.layout", _ => schema).Outputs.Single().Value;

    [Fact]
    public void Bit_fields_may_lie_in_other_containers_under_another_ABI()
    {
        foreach (string presets in new[] { "llp64, lp64", "lp64, llp64" })
        {
            Driver driver = Schema.Build(
                """
                public static string Of(byte[] one, byte[] other)
                {
                    var edit = new SEdit<Lp64>(one);
                    bool isSet = edit.TrySetA(5) & edit.TrySetB(9);
                    bool isDone = SFixup.TryConvert<Lp64, Llp64>(one, other, out _);
                    var view = new SView<Llp64>(other);
                    return $"{isSet} {isDone} {view.A} {view.B} {SView<Lp64>.Size} {SView<Llp64>.Size}";
                }
                """,
                $"layout 1; namespace t; order le; param abi A = {presets}; struct s abi {{ u8 a : 4; u64 b : 4; }}");
            Assert.Equal("True True 5 9 8 16", driver.Call<string>("Of", new byte[16], new byte[16]));
        }
    }

    [Fact]
    public void A_short_source_is_refused() =>
        Assert.Throws<LayoutException>(() => Made.Value.Call<string>("Short"));

    [Fact]
    public void The_order_of_an_ABI_is_that_of_its_machine()
    {
        Driver driver = Schema.Build("""
            public static long Big(byte[] bytes) => new RecordView<Lp64Be>(bytes).Count;
            public static long Little(byte[] bytes) => new RecordView<Lp64>(bytes).Count;
            public static uint Bits(byte[] bytes) => new RecordView<Ilp32Be>(bytes).A;
            """, "layout 1; namespace t; param abi A; struct record abi { long count; uint a : 3, b : 29; }");

        Assert.Equal(0x0100, driver.Call<long>("Big", new byte[] { 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 }));
        Assert.Equal(0x0100,
            driver.Call<long>("Little", new byte[] { 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }));
        Assert.Equal(5u, driver.Call<uint>("Bits", new byte[] { 0, 0, 0, 0, 0xa0, 0, 0, 0 }));
    }

    [Fact]
    public void A_view_takes_the_ABI_and_the_byte_order_where_both_are_found_at_run_time()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] big32)
            {
                var view = new MixedView<Ilp32, BigEndian>(big32);
                string read = $"{view.Count:x} {view.Kind} {view.Part.Value}";
                byte[] little64 = new byte[MixedView<Lp64, LittleEndian>.Size];
                bool fits = MixedFixup.TryConvert<Ilp32, BigEndian, Lp64, LittleEndian>(big32, little64, out _);
                var other = new MixedView<Lp64, LittleEndian>(little64);
                string made = Convert.ToHexString(little64);
                byte[] big64 = new byte[SpottedView<Lp64, BigEndian>.Size];
                bool isKept = SpottedFixup.TryConvert<Ilp32, BigEndian, Lp64, BigEndian>(big32, big64, out _);
                bool isTurned = SpottedFixup.TryConvert<Ilp32, BigEndian, Lp64, LittleEndian>(big32, big64, out _);
                var edit = new MixedEdit<Lp64, LittleEndian>(little64);
                bool isSet = edit.TrySetCount(1L << 40) & edit.Part.TrySetValue(3);
                bool fitsBack = MixedFixup.TryConvert<Lp64, LittleEndian, Ilp32, BigEndian>(
                    little64, big32, out LayoutIssue issue);
                return $"{read} {fits} {made} {isKept}{isTurned} {isSet} {other.Count:x} {fitsBack} {issue}";
            }
            """,
            """
            layout 1; namespace t; param order O; param abi A = lp64, ilp32;
            enum kind : u16 { BOX = 0x102 }
            struct spot abi { s16 x; }
            struct inner abi { u8 tag; ulong value; }
            struct mixed abi { long count; kind kind; inner part; }
            struct spotted abi { long count; spot spot; }
            """);
        byte[] bytes = [0, 0, 1, 2, 1, 2, 0, 0, 9, 0, 0, 0, 0, 0, 0, 5];
        Assert.Equal(
            "102 BOX 5 True 0201000000000000" + "0201000000000000" + "0900000000000000" + "0500000000000000"
                + " TrueFalse True 10000000000 False "
                + "offset 0x0 (mixed.count): 0x10000000000, must fit the other ABI",
            driver.Call<string>("Of", bytes));
    }

    [Fact]
    public void A_union_of_C_is_copied_between_ABIs_where_all_its_members_are_the_same()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] small)
            {
                byte[] wide = new byte[HolderView<Lp64>.Size];
                byte[] back = new byte[HolderView<I386>.Size];
                return $"{HolderFixup.TryConvert<I386, Lp64>(small, wide, out _)} {new HolderView<Lp64>(wide).Real} "
                    + $"{HolderFixup.TryConvert<Lp64, I386>(wide, back, out _)} {back.AsSpan().SequenceEqual(small)} "
                    + (typeof(WordsFixup).GetMethod("TryConvert") is null);
            }
            """,
            """
            layout 1; namespace t; order le; param abi A = lp64, i386;
            struct holder abi { int tag; long before; overlay { int number; float real; char raw[8]; } long after; }
            struct words abi { int tag; overlay { long wide; char raw[4]; } }
            """);
        byte[] bytes = [1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xc0, 0x3f, 1, 2, 3, 4, 3, 0, 0, 0];
        Assert.Equal("True 1.5 True True True", driver.Call<string>("Of", bytes));
    }
}

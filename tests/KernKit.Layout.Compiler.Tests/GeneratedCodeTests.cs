using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>What generated code does with bytes: good, short and hostile ones, in both orders.</summary>
public sealed class GeneratedCodeTests
{
    private static readonly Lazy<Driver> Ufs = new(static () => Schema.Build(DriverText, UfsSchema.Text));

    private const string DriverText = """
        public static string Dinode(byte[] b, bool le) => le ? DinodeOf<LittleEndian>(b) : DinodeOf<BigEndian>(b);
        static string DinodeOf<O>(byte[] b) where O : struct, IByteOrder
        {
            var d = new Dinode2View<O>(b);
            long sum = 0;
            foreach (long x in d.Db) sum += x;
            return $"{d.Mode.Perm} {d.Mode.Type} {d.Nlink} {d.Uid} {d.SizeValue} {d.Mtime} {d.Flags} {sum} {d.Ib[2]} "
                + $"{d.HasShortlink} {d.IsValid} {Dinode2View<O>.Size} {Dinode2View<O>.Offsets.Db}";
        }
        public static string Shortlink(byte[] b) =>
            System.Text.Encoding.ASCII.GetString(new Dinode2View<LittleEndian>(b).ShortlinkText);
        public static string Write(byte[] b, bool le) => le ? WriteOf<LittleEndian>(b) : WriteOf<BigEndian>(b);
        static string WriteOf<O>(byte[] b) where O : struct, IByteOrder
        {
            var d = new Dinode2Edit<O>(b);
            d.Mode = new Ifmode(0).WithPerm(0x1ff).WithType(Iftype.REG);
            d.Nlink = -2; d.SizeValue = 0x1122334455667788; d.Mtime = -1; d.Flags = Uflags.APPEND | (Uflags)0x8000;
            d.Db.Set(0, 0x0102030405060708); d.Ib.Set(2, -9);
            return $"{d.View.Mode.Type} {d.Nlink} {d.SizeValue:x} {d.Mtime} {(uint)d.Flags:x} {d.Db[0]:x} "
                + d.View.Ib[2];
        }
        public static int TryOpenLength(int n) => Dinode2View<BigEndian>.TryOpen(new byte[n], out _) ? 1 : 0;
        public static string Report(byte[] b, int room)
        {
            var issues = new LayoutIssue[room];
            var report = new LayoutReport(issues);
            bool clean = new SuperblockView<LittleEndian>(b).Validate(ref report);
            return clean + " " + report.Found + " " + string.Join(" | ", report.Issues.ToArray());
        }
        public static long Allocated(byte[] b)
        {
            var view = new SuperblockView<LittleEndian>(b);
            bool ok = view.IsValid;
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++) ok &= view.IsValid;
            return ok ? GC.GetAllocatedBytesForCurrentThread() - before : -1;
        }
        public static string Walk(byte[] b, bool le, bool old) =>
            le ? WalkOf<LittleEndian>(b, old) : WalkOf<BigEndian>(b, old);
        static string WalkOf<O>(byte[] b, bool old) where O : struct, IByteOrder
        {
            string all = "";
            foreach (var e in new DirblockView<O>(b, (uint)b.Length, old).Entries)
                all += $"{e.Ino}:{e.Type}:{System.Text.Encoding.ASCII.GetString(e.Name)}:{e.Length} ";
            return all;
        }
        public static string TryWalk(byte[] b)
        {
            string all = "";
            var walk = new DirblockView<LittleEndian>(b, (uint)b.Length, false).Entries.GetEnumerator();
            LayoutIssue issue;
            while (walk.TryMoveNext(out var e, out issue)) all += $"{walk.Offset}+{e.Length} ";
            return all + (issue.IsNone ? "end" : issue.ToString());
        }
        public static string Cg(byte[] b)
        {
            var cg = new CgView<BigEndian>(b);
            string bits = cg.TryGetIused(out var map) ? $"{map.Length}:{map.CountSet()}:{map[9]}" : "outside";
            string sums = cg.TryGetSums(out var s) ? string.Join(",", s.Bytes.Length, s.Length) : "outside";
            return $"{bits} {sums} {cg.Length} {cg.Bytes.Length} {CgView<BigEndian>.Size}";
        }
        public static void CgThrows(byte[] b) { _ = new CgView<BigEndian>(b).Iused; }
        public static string Format(byte[] b) =>
            Ufs2Format.TryAccept(b, out var order) ? order.ToString() : "no";
        public static string Probe() =>
            string.Join(",", Ufs2Format.ProbeOffsets.ToArray()) + " " + Ufs2Format.ProbeSize;
        public static int DefaultView() => default(Dinode2View<LittleEndian>).Blksize == 0 ? 1 : 2;
        public static int DefaultArray() => (int)default(Dinode2View<LittleEndian>).Db[3];
        public static byte DefaultRecord() => default(DirentView<LittleEndian>).Namlen;
        public static string Group(byte[] b, int i) => new SuperblockView<LittleEndian>(b).Groups[i].Nifree.ToString();
        """;

    [Theory]
    [InlineData("var h = edit.H; h.Len = 9;")]
    [InlineData("edit.Counts.Set(0, 9);")]
    [InlineData("edit.Raw[0] = 9;")]
    [InlineData("var h = edit.Hs[0]; h.Len = 9;")]
    public void An_edit_has_no_setter_for_lengths_wherever_they_lie(string statement)
    {
        string driver = "public static void Of(byte[] b) { var edit = new SEdit(b); var f = edit.Free; f.Len = 1; "
            + statement + " }";
        const string schema = """
            layout 1; namespace t; order le;
            struct h { u16 len; }
            struct s { h h; u16 counts[2]; u8 raw[2]; h hs[2]; h free; u8 a[h.len]; u8 b[counts[0]]; u8 c[raw[0]];
                u8 d[hs[0].len]; }
            """;
        Exception thrown = Assert.ThrowsAny<Exception>(() => Schema.Build(driver, schema));
        Assert.Contains("error CS", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".g.cs", thrown.Message, StringComparison.Ordinal);
        Schema.Build(driver.Replace(statement, "_ = edit.H.Len + edit.Raw[0];", StringComparison.Ordinal), schema);
    }

    [Fact]
    public void A_schema_of_the_shape_of_UFS_compiles_without_a_warning() => Assert.NotNull(Ufs.Value);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fields_are_read_in_the_order_of_the_type_parameter(bool isLittleEndian)
    {
        byte[] bytes = new byte[256];
        var put = new Put(bytes, isLittleEndian);
        put.At(0, 0x81a4, 2).At(2, 3, 2).At(4, 1001, 4).At(16, 123456, 8).At(40, 77, 8).At(88, 0x3, 4);
        for (int i = 0; i < 12; i++)
        {
            put.At(112 + (8 * i), i + 1, 8);
        }

        put.At(112 + (8 * 14), -5, 8);
        Assert.Equal(
            "420 REG 3 1001 123456 77 NODUMP, IMMUTABLE 78 -5 False True 256 112",
            Ufs.Value.Call<string>("Dinode", bytes, isLittleEndian));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_written_is_read_back_and_nothing_else_changes(bool isLittleEndian)
    {
        byte[] bytes = new byte[256];
        Array.Fill(bytes, (byte)0xcc);
        Assert.Equal(
            "REG -2 1122334455667788 -1 8004 102030405060708 -9",
            Ufs.Value.Call<string>("Write", bytes, isLittleEndian));
        byte[] expected = new byte[256];
        Array.Fill(expected, (byte)0xcc);
        new Put(expected, isLittleEndian).At(0, 0x81ff, 2).At(2, -2, 2).At(16, 0x1122334455667788, 8).At(40, -1, 8)
            .At(88, 0x8004, 4).At(112, 0x0102030405060708, 8).At(224, -9, 8);
        Assert.Equal(expected, bytes);
    }

    [Fact]
    public void A_short_source_is_refused_with_what_it_has_and_what_it_needs()
    {
        Assert.Equal(0, Ufs.Value.Call<int>("TryOpenLength", 255));
        Assert.Equal(1, Ufs.Value.Call<int>("TryOpenLength", 256));
        LayoutException thrown = Assert.Throws<LayoutException>(
            () => Ufs.Value.Call<string>("Dinode", new byte[100], true));
        Assert.Equal("offset 0x0 (dinode2): 100 bytes, needs 256 bytes", thrown.Message);
    }

    [Fact]
    public void A_conditional_reading_of_an_overlay_is_there_only_if_its_condition_holds()
    {
        byte[] bytes = new byte[256];
        var put = new Put(bytes, true);
        put.At(0, 0xa1ff, 2).At(16, 5, 8);
        "a/b/c"u8.CopyTo(bytes.AsSpan(112));
        Assert.Equal("a/b/c", Ufs.Value.Call<string>("Shortlink", bytes));
        put.At(16, 120, 8);
        LayoutException thrown = Assert.Throws<LayoutException>(() => Ufs.Value.Call<string>("Shortlink", bytes));
        Assert.Contains("mode.type == LNK && size < 120", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_names_offset_path_rule_and_value_also_of_nested_structures()
    {
        byte[] bytes = Superblock();
        Assert.Equal("True 0 ", Ufs.Value.Call<string>("Report", bytes, 9));
        new Put(bytes, true).At(0, 7, 4).At(4, 4097, 4).At(24 + 16 + 8, -3, 4);
        bytes[123] = 9;
        Assert.Equal(
            "False 4 offset 0x0 (superblock.magic): 0x7, must be 0x19540119"
            + " | offset 0x4 (superblock.bsize): 0x1001, must satisfy it >= 4096 && it <= 64K && (it & (it - 1)) == 0"
            + " | offset 0x30 (superblock.groups[1].nifree): -3, must satisfy it >= 0"
            + " | offset 0x7b (superblock): 0x9, must be zero",
            Ufs.Value.Call<string>("Report", bytes, 9));
        Assert.StartsWith("False 4 offset 0x0", Ufs.Value.Call<string>("Report", bytes, 1), StringComparison.Ordinal);
        Assert.Equal("False 4 ", Ufs.Value.Call<string>("Report", bytes, 0));
    }

    [Fact]
    public void Validation_of_a_clean_structure_allocates_nothing() =>
        Assert.Equal(0, Ufs.Value.Call<long>("Allocated", Superblock()));

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Records_are_walked_by_their_length(bool isLittleEndian, bool isOldFormat)
    {
        byte[] block = Directory(isLittleEndian, isLittleEndian && isOldFormat);
        string walked = Ufs.Value.Call<string>("Walk", block, isLittleEndian, isOldFormat);
        Assert.Equal("2:4:.:12 2:4:..:12 9:8:hello:488 ", walked);
    }

    [Fact]
    public void A_bad_record_stops_the_walk_with_its_offset()
    {
        byte[] block = Directory(true, false);
        block[16] = 11;
        Assert.Equal(
            "0+12 offset 0x10 (dirent.reclen): 0xb, must satisfy it >= 12 && it % 4 == 0",
            Ufs.Value.Call<string>("TryWalk", block));
        LayoutException thrown = Assert.Throws<LayoutException>(
            () => Ufs.Value.Call<string>("Walk", block, true, false));
        Assert.Equal(0x10, thrown.Offset);
        block[16] = 0;
        block[17] = 4;
        Assert.Contains("must fit what is left", Ufs.Value.Call<string>("TryWalk", block), StringComparison.Ordinal);
        block[16] = 12;
        block[17] = 0;
        block[19] = 200;
        Assert.Contains("dirent.name", Ufs.Value.Call<string>("TryWalk", block), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_random_bytes_say_leads_out_of_a_record()
    {
        var random = new Random(7);
        byte[] block = new byte[96];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(block);
            if (i % 2 == 0)
            {
                new Put(block, true).At(4, random.Next(0, 40), 2).At(20, random.Next(0, 100), 2);
            }

            string walked = Ufs.Value.Call<string>("TryWalk", block);
            bool isTold = walked.Contains("offset", StringComparison.Ordinal);
            Assert.True(walked.EndsWith("end", StringComparison.Ordinal) || isTold);
        }
    }

    [Fact]
    public void Bitmaps_and_arrays_lie_where_the_header_says()
    {
        byte[] bytes = new byte[64];
        new Put(bytes, false).At(0, 0x90255, 4).At(8, 40, 4).At(16, 12, 4).At(20, 2, 4).At(24, 48, 4);
        bytes[40] = 0x81;
        bytes[41] = 0xf2;
        Assert.Equal("12:3:True 8,2 32 64 32", Ufs.Value.Call<string>("Cg", bytes));
    }

    [Theory]
    [InlineData(8, 0xffff_ffffL)]
    [InlineData(8, 63)]
    [InlineData(16, 0xffff_ffffL)]
    [InlineData(16, 24 * 8 + 1)]
    public void A_bitmap_that_leaves_the_bytes_is_refused(int field, long value)
    {
        byte[] bytes = new byte[64];
        var put = new Put(bytes, false).At(8, 40, 4).At(16, 12, 4).At(20, 0x4000_0001, 4).At(24, 48, 4);
        put.At(field, value, 4);
        Assert.StartsWith("outside outside", Ufs.Value.Call<string>("Cg", bytes), StringComparison.Ordinal);
        LayoutException thrown = Assert.Throws<LayoutException>(() => Ufs.Value.Call<object>("CgThrows", bytes));
        Assert.Equal("iused", thrown.Path);
    }

    [Fact]
    public void A_format_is_found_in_the_order_in_which_its_magic_reads()
    {
        byte[] bytes = new byte[128];
        Assert.Equal("no", Ufs.Value.Call<string>("Format", bytes));
        new Put(bytes, true).At(0, 0x19540119, 4);
        Assert.Equal("LittleEndian", Ufs.Value.Call<string>("Format", bytes));
        new Put(bytes, false).At(0, 0x19540119, 4);
        Assert.Equal("BigEndian", Ufs.Value.Call<string>("Format", bytes));
        Assert.Equal("no", Ufs.Value.Call<string>("Format", bytes[..127]));
        Assert.Equal("65536,8192,0,262144 128", Ufs.Value.Call<string>("Probe"));
    }

    [Fact]
    public void A_default_view_reads_nothing()
    {
        Assert.Throws<NullReferenceException>(() => Ufs.Value.Call<int>("DefaultView"));
        Assert.Throws<NullReferenceException>(() => Ufs.Value.Call<int>("DefaultArray"));
        Assert.Throws<NullReferenceException>(() => Ufs.Value.Call<byte>("DefaultRecord"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(int.MinValue)]
    public void An_index_outside_of_an_array_is_refused(int index) =>
        Assert.Throws<IndexOutOfRangeException>(() => Ufs.Value.Call<string>("Group", Superblock(), index));

    private static byte[] Superblock()
    {
        byte[] bytes = new byte[128];
        new Put(bytes, true).At(0, 0x19540119, 4).At(4, 16384, 4).At(24 + 8, 7, 4);
        return bytes;
    }

    /// <summary>A chunk of three entries; on old little-endian volumes the name's length comes first.</summary>
    private static byte[] Directory(bool isLittleEndian, bool isLengthFirst)
    {
        byte[] block = new byte[512];
        var put = new Put(block, isLittleEndian);
        int at = 0;
        foreach ((int inode, int type, string name, int length) in
            (ReadOnlySpan<(int, int, string, int)>)[(2, 4, ".", 12), (2, 4, "..", 12), (9, 8, "hello", 488)])
        {
            put.At(at, inode, 4).At(at + 4, length, 2);
            block[at + 6] = (byte)(isLengthFirst ? name.Length : type);
            block[at + 7] = (byte)(isLengthFirst ? type : name.Length);
            System.Text.Encoding.ASCII.GetBytes(name).CopyTo(block, at + 8);
            at += length;
        }

        return block;
    }
}

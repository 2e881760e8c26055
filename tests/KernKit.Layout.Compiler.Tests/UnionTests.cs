using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Alternatives of unequal length, optional parts, values without bytes.</summary>
public sealed class UnionTests
{
    [Fact]
    public void Alternatives_of_unequal_size_take_what_their_case_takes()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                if (!BoxView.TryOpen(b, out var v, out var issue)) return issue.ToString();
                string what = v.HasWord ? $"word {v.Word}" : v.HasName ? $"name {v.Name.Length} {v.Extra}"
                    : v.HasInner ? $"inner {v.Inner.Text.Length}" : "none";
                return $"{what} last {v.Last} length {v.Length} {v.IsValid}";
            }
            """,
            """
            layout 1; namespace t; order le;
            enum kind : u8 { WORD = 1, NAME = 2, INNER = 3 }
            struct text { u8 n; char text[n]; }
            struct box {
                kind kind;
                u8 len;
                union (kind) {
                    case WORD: u32 word;
                    case NAME: { char name[len]; u16 extra where it != 7; }
                    case INNER: text inner;
                    default: {}
                }
                u8 last;
            }
            """);
        Assert.Equal("word 5 last 9 length 7 True", driver.Call<string>("Of", new byte[] { 1, 0, 5, 0, 0, 0, 9 }));
        Assert.Equal(
            "name 2 8 last 9 length 7 True", driver.Call<string>("Of", new byte[] { 2, 2, 65, 66, 8, 0, 9, 1 }));
        Assert.Equal("inner 1 last 9 length 5 True", driver.Call<string>("Of", new byte[] { 3, 0, 1, 65, 9 }));
        Assert.Equal("none last 9 length 3 True", driver.Call<string>("Of", new byte[] { 4, 0, 9 }));
        Assert.Contains(
            "needs more bytes",
            driver.Call<string>("Of", new byte[] { 1, 0, 5, 0 }),
            StringComparison.Ordinal);
        Assert.Contains("must fit", driver.Call<string>("Of", new byte[] { 2, 9, 5, 0 }), StringComparison.Ordinal);
        Assert.Contains(
            "offset 0x2 (box.inner)",
            driver.Call<string>("Of", new byte[] { 3, 0, 9, 0 }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_union_with_a_size_fills_its_shorter_cases_up()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new CheckedView(b);
                return $"{CheckedView.Size} {v.HasCrc} {v.HasXxh} {v.Last} {(v.HasXxh ? v.Xxh : v.Crc)}";
            }
            """,
            """
            layout 1; namespace t; order le;
            struct `checked` {
                u8 how;
                union (how) size 16 { case 1: u32 crc; case 2: u64 xxh; default: u8 raw[16]; }
                u8 last;
            }
            """);
        byte[] bytes = [2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
        Assert.Equal("18 False True 9 513", driver.Call<string>("Of", bytes));
    }

    [Fact]
    public void Unions_and_optional_parts_nest()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                if (!NestView.TryOpen(b, out var v, out var issue)) return issue.ToString();
                return $"{(v.HasA ? v.A : -1)} {(v.HasB ? v.B.Length : -1)} {(v.HasC ? v.C : -1)} "
                    + $"{(v.HasD ? v.D.Length : -1)} {v.E} {v.Length}";
            }
            """,
            """
            layout 1; namespace t; order be;
            struct nest {
                u8 outer, inner, n;
                union (outer) {
                    case 1: {
                        u8 m where it < 5;
                        union (inner) { case 1: u16 a; case 2: { u8 b[m]; } default: {} }
                        struct { u8 c; u8 skip[n]; } if n > 1;
                    }
                    case 2: u8 d[n] if inner == 0;
                    default: {}
                }
                u8 e;
            }
            """);
        Assert.Equal("258 -1 -1 -1 9 7", driver.Call<string>("Of", new byte[] { 1, 1, 0, 4, 1, 2, 9 }));
        Assert.Equal("-1 2 7 -1 9 10", driver.Call<string>("Of", new byte[] { 1, 2, 2, 2, 1, 2, 7, 0, 0, 9 }));
        Assert.Equal("-1 -1 -1 3 9 7", driver.Call<string>("Of", new byte[] { 2, 0, 3, 2, 1, 2, 9 }));
        Assert.Equal("-1 -1 -1 -1 9 4", driver.Call<string>("Of", new byte[] { 2, 1, 3, 9 }));
        Assert.Contains(
            "offset 0x3 (nest.m): 0x6, must satisfy it < 5",
            driver.Call<string>("Of", new byte[] { 1, 2, 2, 6, 1, 2, 7, 0, 0, 9 }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_may_take_the_rest()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                if (!TailView.TryOpen(b, out var v, out var issue)) return issue.ToString();
                return $"{v.HasWords} {(v.HasWords ? v.Words.Length : 0)} {v.After} {v.Length}";
            }
            """,
            """
            layout 1; namespace t; order be;
            struct tail {
                u8 kind, n;
                within (n bytes) {
                    union (kind) { case 0: { u16 words[] until end; } case 1: { u8 one; pad rest; } case 2: u8 x; }
                }
                u8 after;
            }
            """);
        Assert.Equal("True 2 9 7", driver.Call<string>("Of", new byte[] { 0, 4, 1, 2, 3, 4, 9 }));
        Assert.Equal("False 0 9 7", driver.Call<string>("Of", new byte[] { 1, 4, 1, 2, 3, 4, 9 }));
        Assert.Contains(
            "left over", driver.Call<string>("Of", new byte[] { 2, 4, 1, 2, 3, 4, 9 }), StringComparison.Ordinal);
        Assert.Contains(
            "must be a case", driver.Call<string>("Of", new byte[] { 3, 4, 1, 2, 3, 4, 9 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Computed_values_and_assertions_take_no_bytes()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new GeometryView(b);
                var issues = new LayoutIssue[4]; var report = new LayoutReport(issues);
                bool valid = v.Validate(ref report);
                return $"{v.Total} {v.HasRatio} {(v.HasRatio ? v.Ratio : -1)} {v.IsBig} {v.What} {valid} "
                    + (valid ? "" : issues[0].ToString()) + UserView.Size;
            }
            public static int User(byte[] b) => new UserView(b).IsValid ? 1 : 0;
            """,
            """
            layout 1; namespace t; order le;
            enum kind : u4 { A = 1, B = 2 }
            bits tag : u8 lsb { kind kind : 4; rest : 4; }
            struct geometry {
                u32 blocks;
                u8 shift where it < 20;
                u8 per;
                tag tag;
                let total = blocks << shift;            /// bytes in all
                let ratio = blocks / per;
                let is_big = total > 100;
                let what = tag.kind;
                assert total >= blocks && what == A;
            }
            struct user { geometry g; u8 x where g.ratio == it && g.what == A; }
            """);
        Assert.Equal("40 True 5 False A True 8", driver.Call<string>("Of", new byte[] { 10, 0, 0, 0, 2, 2, 1 }));
        string broken = driver.Call<string>("Of", new byte[] { 10, 0, 0, 0, 4, 0, 2 });
        Assert.StartsWith("160 False -1 True B False offset 0x0 (geometry): 0x0, must satisfy total >= blocks", broken);
        Assert.Equal(1, driver.Call<int>("User", new byte[] { 10, 0, 0, 0, 2, 2, 1, 5 }));
        Assert.Equal(0, driver.Call<int>("User", new byte[] { 10, 0, 0, 0, 2, 0, 1, 5 }));
    }

    [Fact]
    public void A_computed_value_may_compare_with_a_member_of_an_enumeration()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var o = new OView(b);
                return $"{o.IsValid} {o.I.HasX} {(o.I.HasX ? o.I.X : false)} {o.I.HasY} {o.I.HasZ}";
            }
            """,
            """
            layout 1; namespace t; order le;
            enum k : u8 { A }
            struct i {
                k k; u8 n, c if k == A;
                let x = k == A && n > 1; let y = c == 1 || n == 3; let z = (k == A ? n : 3) / n;
            }
            struct o { i i; assert i.x; }
            """);
        Assert.Equal("True True True True True", driver.Call<string>("Of", new byte[] { 0, 2, 1 }));
    }

    [Fact]
    public void Runs_end_at_a_terminator_within_their_bound()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                if (!RunsView.TryOpen(b, out var v, out var issue)) return issue.ToString();
                return $"{v.Name.Length} {v.Ids.Length} {v.Items.Length} {v.Items[v.Items.Length - 1].Id} "
                    + $"{v.Nums.Length} {v.Names.Bytes.Length} {v.Length}";
            }
            """,
            """
            layout 1; namespace t; order be;
            struct item { u8 kind, id; }
            struct text { u8 n; char text[n]; }
            struct runs {
                char name[max 4] until 0;
                u16 ids[] until 0xffff;
                item items[max 3] until it.kind == 0;
                u8 n;
                u8 nums[n max 2];
                text names[] until it.n == 0;
            }
            """);
        byte[] bytes = [65, 66, 0, 1, 2, 0xff, 0xff, 5, 6, 0, 7, 1, 9, 1, 65, 0, 99];
        Assert.Equal("2 1 2 7 1 3 16", driver.Call<string>("Of", bytes));
        for (int length = 0; length < 16; length++)
        {
            Assert.Contains("offset", driver.Call<string>("Of", bytes[..length]), StringComparison.Ordinal);
        }

        Assert.Equal(
            "offset 0x0 (runs.name): 8 bytes, have no terminator 0 among the first 5 elements",
            driver.Call<string>("Of", new byte[] { 1, 1, 1, 1, 1, 0, 0xff, 0xff }));
        byte[] many = [0, 0xff, 0xff, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0];
        Assert.Contains("at most 3 elements", driver.Call<string>("Of", many), StringComparison.Ordinal);
        byte[] counted = [0, 0xff, 0xff, 0, 1, 3, 1, 1, 1, 0, 0, 0, 0];
        Assert.Contains("at most 2 elements", driver.Call<string>("Of", counted), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_decoded_only_if_it_is_in_its_encoding()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new TextsView(b);
                string All(bool ok, string text) => ok ? "[" + text + "]" : "-";
                string a = All(v.TryGetAString(out var s), s), c = All(v.TryGetCString(out s), s);
                return a + c + All(v.TryGetDString(out s), s) + All(v.TryGetEString(out s), s) + v.DText.Length;
            }
            """,
            """
            layout 1; namespace t; order le;
            alias label = char[4] @text(utf8);
            struct texts {
                label a; char c[4] @text(ascii); char d[4] @text(latin1) @fill(0x20); u16 e[3] @text(utf16);
            }
            """);
        byte[] bytes = [0xc3, 0xa9, 0, 1, 65, 66, 67, 68, 0xe9, 0x20, 0x20, 0x20, 65, 0, 66, 0, 0, 0];
        Assert.Equal("[é][ABCD][é][AB]1", driver.Call<string>("Of", bytes));
        bytes[1] = 0;
        bytes[5] = 0x80;
        bytes[13] = 0xd8;
        Assert.Equal("--[é]-1", driver.Call<string>("Of", bytes));
    }

    [Fact]
    public void Wide_integers_floats_and_a_structures_own_order_are_read_and_written()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new MixView<LittleEndian>(b);
                var e = new MixEdit<LittleEndian>(new byte[MixView<LittleEndian>.Size]);
                e.Big = v.Big; e.Small = v.Small; e.F = v.F; e.D = v.D; e.H = v.H; e.Flags = v.Flags;
                var own = e.Own; own.X = v.Own.X; own.Y = v.Own.Y;
                for (int i = 0; i < 2; i++) e.Fs.Set(i, v.Fs[i]);
                bool same = e.View.Bytes.SequenceEqual(b);
                return $"{v.Big:x} {v.Small} {v.Own.X:x} {v.Own.Y} {v.Flags.A} {v.Flags.B:x} {same} {v.IsValid} "
                    + v.Low;
            }
            """,
            """
            layout 1; namespace t; param order O;
            bits wide : u128 lsb { a : 3; b : 64; pad : 61; }
            struct own order be { u32 x; f32 y; }
            struct mix {
                u128 big where it != 5 && it > 3; s128 small; wide flags;
                f32 f; f64 d; bef64 g; f16 h; f32 fs[2]; own own;
                let low = big & 0xff;
            }
            """);
        byte[] bytes = new byte[16 * 3 + 4 + 8 + 8 + 2 + 8 + 8];
        new Random(5).NextBytes(bytes);
        bytes.AsSpan(48 + 12, 8).Clear(); // the big-endian f64 that the driver does not copy
        bytes[40] &= 0x07;
        bytes.AsSpan(41, 7).Clear();
        new byte[] { 0x12, 0x34, 0x56, 0x78, 0x3f, 0x80, 0, 0 }.CopyTo(bytes, bytes.Length - 8);
        bytes[48 + 3] = 0x7f; // a signalling NaN stays one
        bytes[48 + 2] = 0x81;
        string said = driver.Call<string>("Of", bytes);
        Assert.Contains(" 12345678 1 ", said, StringComparison.Ordinal);
        Assert.EndsWith($"True True {bytes[0]}", said, StringComparison.Ordinal);
    }
}

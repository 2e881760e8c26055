using System.Buffers.Binary;
using System.Text.Json;

namespace KernKit.Command.Tests;

/// <summary>kern layout: on schemas of its own, on schemas that are written here, and on real images.</summary>
public sealed class LayoutTests
{
    private const string Shop = """
        layout 1; namespace shop; order le;
        const MAGIC = 0x1234;
        enum kind : u8 { BOX = 1, BAG = 2 }
        struct entry(u32 room) { u8 length where it >= 4;
            within (length - 1 bytes) { kind kind; char name[] until end; } }
        struct head size 24 {
            u16 magic = MAGIC;
            u16 count @unit(byte);
            s64 made @time(unix_s);
            char label[8] @text;
            f32 weight;
        }
        struct page(u32 room) { within (room bytes) { entry entries[](room) until end; } }
        format shop { probe head at 0, 8; accept magic == MAGIC; }
        """;

    [Fact]
    public void A_structure_is_decoded_to_a_tree_with_offsets()
    {
        using var directory = new TemporaryDirectory();
        var schema = Write(directory, "shop.layout", Shop);
        var file = Write(directory, "data", Head(0x1234));

        var run = CommandRun.Of("layout", "show", schema, file);

        Assert.Equal("", run.Error);
        Assert.Equal(0, run.Status);
        Assert.Equal(
            """
            00000000       24  head
            00000000        2    magic = 4660
            00000002        2    count = 4096  byte 4K
            00000004        8    made = 86400  1970-01-02T00:00:00Z
            0000000c        8    label = "a\033[1mb"
            00000014        4    weight = 1.5

            """, run.Text);
    }

    [Fact]
    public void Rules_that_bytes_break_are_shown_and_make_status_1()
    {
        using var directory = new TemporaryDirectory();
        var schema = Write(directory, "shop.layout", Shop);
        var file = Write(directory, "data", Head(0x9999));

        var run = CommandRun.Of("layout", "show", schema + ":head", file);
        var json = CommandRun.Of("layout", "show", schema + ":head", file, "--json");

        Assert.Equal(1, run.Status);
        Assert.Contains("! offset 0x0 (head.magic): 0x9999, must be 0x1234\n", run.Text, StringComparison.Ordinal);
        Assert.Equal(1, json.Status);
        var problem = JsonDocument.Parse(json.Lines[2]).RootElement;
        Assert.Equal("head.magic", problem.GetProperty("path").GetString());
        Assert.Equal("0x9999, must be 0x1234", problem.GetProperty("problem").GetString());
    }

    [Fact]
    public void A_format_finds_its_structure_and_says_where_none_is()
    {
        using var directory = new TemporaryDirectory();
        var schema = Write(directory, "shop.layout", Shop);
        var shifted = Write(directory, "shifted", [.. new byte[8], .. Head(0x1234)]);
        var other = Write(directory, "other", new byte[100]);

        Assert.StartsWith("00000008       24  head\n", CommandRun.Of("layout", "show", schema, shifted).Text,
            StringComparison.Ordinal);
        var none = CommandRun.Of("layout", "show", schema, other);
        Assert.Equal(1, none.Status);
        Assert.Contains("no format of", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_a_structure_needs_are_asked_for_and_taken()
    {
        using var directory = new TemporaryDirectory();
        var schema = Write(directory, "shop.layout", Shop);
        var file = Write(directory, "data", [4, 1, (byte)'x', (byte)'y', 5, 2, (byte)'a', 0xff, 0, 3, 1, 1, 1]);

        var missing = CommandRun.Of("layout", "show", schema + ":page", file);
        var wrong = CommandRun.Of("layout", "show", schema + ":page", file, "--set", "size=9");
        var run = CommandRun.Of("layout", "show", schema + ":page", file, "--set", "room=9", "--json");
        var damaged = CommandRun.Of("layout", "show", schema + ":page", file, "--set", "room=0xd");

        Assert.Equal((2, "kern: layout: page needs values: --set room=...\n"), (missing.Status, missing.Error));
        Assert.Equal(2, wrong.Status);
        Assert.Equal(0, run.Status);
        Assert.Contains(
            "{\"path\":\"page.entries[0].kind\",\"offset\":1,\"size\":1,\"kind\":\"number\",\"type\":\"kind\","
                + "\"value\":1,\"meaning\":\"BOX\"}", run.Lines);
        Assert.Contains(
            "{\"path\":\"page.entries[1].name\",\"offset\":6,\"size\":3,\"kind\":\"text\",\"type\":\"char\","
                + "\"value\":null,\"value_hex\":\"61ff\"}", run.Lines);
        Assert.Equal(1, damaged.Status);
        Assert.Contains("! offset 0x9 (page.entries[2].length): 3, must satisfy it >= 4\n", damaged.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_that_differ_are_shown_with_both_values()
    {
        using var directory = new TemporaryDirectory();
        var schema = Write(directory, "shop.layout", Shop);
        var first = Write(directory, "first", Head(0x1234));
        var changed = Head(0x1234);
        changed[2] = 1;
        var second = Write(directory, "second", changed);

        var run = CommandRun.Of("layout", "diff", first, second, "--schema", schema);
        var same = CommandRun.Of("layout", "diff", first, first, "--schema", schema);

        Assert.Equal((1, "head.count: 4096 (byte 4K) -> 4097 (byte)\n"), (run.Status, run.Text));
        Assert.Equal((0, ""), (same.Status, same.Text));
    }

    [Fact]
    public void A_difference_behind_the_part_that_is_shown_is_found()
    {
        using var directory = new TemporaryDirectory();
        var schema = Write(directory, "big.layout", "layout 1; struct big { u8 all[] until end; }");
        var bytes = new byte[100_000];
        var first = Write(directory, "first", bytes);
        bytes[99_999] = 1;
        var second = Write(directory, "second", bytes);

        Assert.Equal(1, CommandRun.Of("layout", "diff", first, second, "--schema", schema).Status);
    }

    [Theory]
    [InlineData("ufs2-le-small", 8192, "little-endian")]
    [InlineData("ufs1-be-small", 8192, "big-endian")]
    [InlineData("ufs2-le-fbsd", 65536, "little-endian")]
    public void A_schema_of_its_own_decodes_a_real_image(string image, int offset, string order)
    {
        using var directory = new TemporaryDirectory();
        var path = GivenImages.Unpack(image, directory);

        var run = CommandRun.Of("layout", "show", "ufs", path);

        Assert.Equal(0, run.Status);
        Assert.Equal($"{offset:x8}     1376  superblock  {order}", run.Lines[0]);
        Assert.Contains(run.Lines, line => line.Contains("    bsize = ", StringComparison.Ordinal));
        Assert.Equal(0, CommandRun.Of("layout", "diff", path, path).Status);
    }

    [Fact]
    public void Checks_are_verified_and_an_unknown_one_is_never_taken_for_good()
    {
        using var directory = new TemporaryDirectory();
        const string text = """
            layout 1; order le;
            check any(u8 kind, bytes...) { case kind == 1: crc32; case kind == 2: none; default: unknown; }
            struct x size 16 { u8 kind; pad 3; u32 sum check any(kind, self zeroing sum); u8 rest[8]; }
            """;
        var schema = Write(directory, "x.layout", text);
        var bytes = new byte[16];
        bytes[0] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), 0x2a6cd30a);

        var bad = CommandRun.Of("layout", "show", schema, Write(directory, "bad", bytes));
        bytes[0] = 2;
        var none = CommandRun.Of("layout", "show", schema, Write(directory, "none", bytes));
        bytes[0] = 3;
        var unknown = CommandRun.Of("layout", "show", schema, Write(directory, "unknown", bytes));

        Assert.Equal(1, bad.Status);
        Assert.Contains("! offset 0x4 (x.sum): 0x2a6cd30a, must be any(kind, self zeroing sum)\n", bad.Text,
            StringComparison.Ordinal);
        Assert.Equal(0, none.Status);
        Assert.DoesNotContain("x.sum)", none.Text, StringComparison.Ordinal);
        Assert.Contains("? offset 0x4 (x.sum): ", unknown.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Checks_of_what_lies_elsewhere_are_verified_where_it_is_known_where_that_is()
    {
        using var directory = new TemporaryDirectory();
        const string text = """
            layout 1; order le;
            struct x {
                u32 here check crc32(near); u32 there check crc32(far); u32 beyond check crc32(gone);
                ref near[4 bytes] at self + 16;
                ref far[4 bytes] at space(disk) + 4;
                ref gone[4 bytes] at file + 1000;
                pad 4;
            }
            """;
        var schema = Write(directory, "x.layout", text);
        var bytes = new byte[20];
        "abcd"u8.CopyTo(bytes.AsSpan(16));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 0xed82cd11);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), 0xed82cd11);
        var file = Write(directory, "data", bytes);

        var unnamed = CommandRun.Of("layout", "show", schema, file);
        var named = CommandRun.Of("layout", "show", schema, file, "--space", "disk=12");
        var wrong = CommandRun.Of("layout", "show", schema, file, "--space", "disk=0");

        Assert.Contains("? offset 0x4 (x.there): is not checked: its bytes lie in the space `disk`", unnamed.Text,
            StringComparison.Ordinal);
        Assert.DoesNotContain("x.there)", named.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("x.here)", named.Text, StringComparison.Ordinal);
        Assert.Contains("! offset 0x8 (x.beyond): 0, covers bytes that are not there", named.Text,
            StringComparison.Ordinal);
        Assert.Contains("! offset 0x4 (x.there): 0xed82cd11, must be crc32(far)", wrong.Text, StringComparison.Ordinal);
        Assert.Equal(2, CommandRun.Of("layout", "show", schema, file, "--space", "disk").Status);
    }

    [Fact]
    public void A_message_is_shown_with_what_its_version_has_and_what_a_newer_one_added()
    {
        using var directory = new TemporaryDirectory();
        const string text = """
            layout 1; order le;
            enum side : u8 { BUY = 1 }
            message order id 7 version 2 {
                u32 number; side side = BUY where it == BUY; u16 extra since 2;
                str name[max 8]; u16 rates[max 2] since 2;
            }
            """;
        var schema = Write(directory, "m.layout", text);
        byte[] old = [26, 0, 0, 0, 7, 0, 1, 0, 5, 0, 1, 0, 9, 0, 0, 0, 1, 3, 0, 0, 0, (byte)'a', (byte)'b', 0xff];
        byte[] first = [.. old[..23], (byte)'c'];
        first[0] = (byte)first.Length;
        byte[] newer =
        [
            43, 0, 0, 0, 7, 0, 3, 0, 8, 0, 3, 0, 9, 0, 0, 0, 1, 0x34, 0x12, 0x77, 1, 0, 0, 0, (byte)'x',
            4, 0, 0, 0, 1, 0, 2, 0, 6, 0, 0, 0, 1, 2, 3, 4, 5, 6,
        ];
        var runs = new[] { first, newer, [.. first[..23], (byte)0xff], first[..20], [.. first[..4], .. newer[4..]] }
            .Select((bytes, i) => CommandRun.Of("layout", "show", schema + ":order", Write(directory, $"m{i}", bytes)))
            .ToArray();

        Assert.Equal([0, 0, 1, 1, 1], runs.Select(static run => run.Status));
        Assert.Contains("  name = \"abc\"", runs[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("extra", runs[0].Text, StringComparison.Ordinal);
        Assert.Contains("  extra = 4660", runs[1].Text, StringComparison.Ordinal);
        Assert.Contains("  rates = [1 2]", runs[1].Text, StringComparison.Ordinal);
        Assert.Contains("  unknown = 77", runs[1].Text, StringComparison.Ordinal);
        Assert.Contains("  unknown[0] = ", runs[1].Text, StringComparison.Ordinal);
        Assert.Contains("(order.name): must be UTF-8", runs[2].Text, StringComparison.Ordinal);
        Assert.Contains("(order.header.total): 24, must be a length that is there", runs[3].Text,
            StringComparison.Ordinal);
        Assert.Contains("which are there", runs[4].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Schemas_become_headers_and_accessors()
    {
        using var directory = new TemporaryDirectory();
        var schema = Write(directory, "shop.layout", Shop);

        var header = CommandRun.Of("layout", "compile", schema, "--to", "c", "-o", "-");
        Assert.Equal(0, header.Status);
        Assert.Contains("struct shop_head {", header.Text, StringComparison.Ordinal);
        var code =
            CommandRun.Of("layout", "compile", schema, "--to", "csharp", "--namespace", "My.Own", "--output",
            directory["one.cs"]);
        Assert.Equal((0, ""), (code.Status, code.Text));
        Assert.Contains("namespace My.Own.Shop\n{\nusing System;\n", File.ReadAllText(directory["one.cs"]),
            StringComparison.Ordinal);
        Assert.DoesNotContain("sealed class Head", File.ReadAllText(directory["one.cs"]), StringComparison.Ordinal);
        var objects =
            CommandRun.Of("layout", "compile", schema, "--to", "csharp", "--objects", "--output", directory["one.cs"]);
        Assert.Equal((0, ""), (objects.Status, objects.Text));
        Assert.Contains("sealed class Head", File.ReadAllText(directory["one.cs"]), StringComparison.Ordinal);
        Assert.Equal(0, CommandRun.Of("layout", "compile", "ufs", "--to", "c", "-o", directory["out/"]).Status);
        Assert.True(File.Exists(directory["out/ufs/dinode.h"]));
        Assert.Equal(["one.cs", "out", "shop.layout"], directory.Names);
    }

    [Fact]
    public void Every_mistake_of_every_schema_is_one_line_and_status_3()
    {
        using var directory = new TemporaryDirectory();
        var first = Write(directory, "first.layout", "layout 1; struct a { u32 x; what y; }");
        var second = Write(directory, "second.layout", "layout 1; struct { }");

        foreach (var verb in new string[][] { ["check", first, second],
            ["compile", first, second, "--to", "c", "-o", directory["x"]] })
        {
            var run = CommandRun.Of(["layout", .. verb]);
            Assert.Equal(3, run.Status);
            Assert.Contains($"kern: {first}(1,22): error KK1201: ", run.Error, StringComparison.Ordinal);
            Assert.Contains($"kern: {first}(1,29): error KK1106: ", run.Error, StringComparison.Ordinal);
            Assert.Contains($"kern: {second}(1,", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(directory["x"]));
    }

    [Fact]
    public void Two_versions_of_a_schema_are_compared()
    {
        using var directory = new TemporaryDirectory();
        var old = Write(directory, "old.layout", "layout 1; order le; struct x { u32 a; u32 b; }");
        var same = Write(directory, "same.layout", "layout 1; order le; struct x { u32 a; u32 b; } const C = 1;");
        var moved = Write(directory, "moved.layout", "layout 1; order le; struct x { u32 b; u32 a; }");

        Assert.Equal(0, CommandRun.Of("layout", "check", same, "--against", old).Status);
        var run = CommandRun.Of("layout", "check", moved, "--against", old);
        Assert.Equal(1, run.Status);
        Assert.Contains("x.a: ", run.Text, StringComparison.Ordinal);
        Assert.Equal(2, CommandRun.Of("layout", "check", old, moved, "--against", old).Status);
        var json = JsonDocument.Parse(CommandRun.Of("layout", "check", moved, "--against", old, "--json").Lines[0]);
        Assert.StartsWith("x.", json.RootElement.GetProperty("where").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_names_the_compilers_that_agree()
    {
        var run = CommandRun.Of("layout", "check", "ufs/dinode");
        var json = JsonDocument.Parse(CommandRun.Of("layout", "check", "ufs/dinode", "--json").Lines[0]).RootElement;

        Assert.Equal(0, run.Status);
        Assert.Matches("^layouts/ufs/dinode.layout: [0-9]+ sizes and [0-9]+ offsets agree with gcc -m64, gcc -m32",
            run.Text);
        Assert.Equal("gcc -m64", json.GetProperty("agree")[0].GetString());
        Assert.Equal(0, json.GetProperty("disagree").GetArrayLength());
    }

    [Theory]
    [InlineData("show nothing.layout data", 4)]
    [InlineData("show nothing data", 1)]
    [InlineData("show ufs:nothing data", 1)]
    [InlineData("show ufs:csum data --at 1x", 2)]
    [InlineData("show ufs:csum data --order le --at 0x1000000", 1)]
    [InlineData("show ufs:csum nofile", 4)]
    [InlineData("show ufs data --at 0", 2)]
    [InlineData("compile ufs --to c -o /proc/none/x", 4)]
    [InlineData("compile ufs --to pascal -o x", 2)]
    public void What_cannot_be_done_is_one_line_and_its_status(string line, int status)
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "data", new byte[64]);
        var words = line.Split(' ').Select(word => word is "data" or "nofile" ? directory[word] : word);

        var run = CommandRun.Of(["layout", .. words]);

        Assert.Equal(status, run.Status);
        if (!line.Contains("0x1000000", StringComparison.Ordinal))
        {
            Assert.Matches("^kern: [^\n]+\n", run.Error);
        }
    }

    [Fact]
    public void Hostile_bytes_never_crash_a_decoder()
    {
        using var directory = new TemporaryDirectory();
        var random = new Random(4);
        var image = File.ReadAllBytes(GivenImages.Unpack("ufs1-le-small", directory));
        var piece = image.AsSpan(8192, 8192).ToArray();
        foreach (var structure in new[] { "superblock", "cylinder_group", "dirblock", "dinode2", "dirent" })
        {
            for (var i = 0; i < 20; i++)
            {
                var bytes = (byte[])piece.Clone();
                for (var k = 0; k < 64; k++)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                var file = Write(directory, "data", bytes.AsSpan(0, random.Next(1, bytes.Length)).ToArray());
                string[] values = structure switch
                {
                    "cylinder_group" =>
                        ["--set", "inodes=4294967295", "--set", "fragments=0x7fffffff", "--set", "blocks=9", "--set",
                        "cluster_kinds=4"],
                    "dirblock" => ["--set", $"length={random.Next()}", "--set", "old_format=true"],
                    "dirent" => ["--set", "old_format=false"],
                    _ => [],
                };
                var run = CommandRun.Of(["layout", "show", "ufs:" + structure, file, "--order", "be", .. values]);
                Assert.True(run.Status is 0 or 1, run.Error);
            }
        }
    }

    private static byte[] Head(ushort magic)
    {
        var bytes = new byte[24];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), 4096);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(4), 86400);
        "a\e[1mb"u8.CopyTo(bytes.AsSpan(12));
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(20), 1.5f);
        return bytes;
    }

    private static string Write(TemporaryDirectory directory, string name, string text)
    {
        File.WriteAllText(directory[name], text);
        return directory[name];
    }

    private static string Write(TemporaryDirectory directory, string name, byte[] bytes)
    {
        File.WriteAllBytes(directory[name], bytes);
        return directory[name];
    }
}

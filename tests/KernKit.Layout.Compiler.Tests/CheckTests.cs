using System.IO.Hashing;
using System.Security.Cryptography;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>
/// The clause <c>check</c>: holes, zeroed fields, prefixes, algorithms chosen by data; and references.
/// </summary>
public sealed class CheckTests
{
    [Fact]
    public void A_hole_a_zeroed_field_and_a_prefix_are_three_different_things()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var e = new ThreeEdit(b);
                e.UpdateChecks();
                var issues = new LayoutIssue[9]; var report = new LayoutReport(issues);
                return $"{e.Hole:x} {e.Zeroed:x} {e.Prefix:x} {e.View.IsValid} {e.View.Validate(ref report)}";
            }
            public static string Issue(byte[] b)
            {
                var issues = new LayoutIssue[9]; var report = new LayoutReport(issues);
                new ThreeView(b).Validate(ref report);
                return string.Join("\n", report.Issues.ToArray());
            }
            """,
            """
            layout 1; namespace t; order le;
            struct three {
                u8 a[5];
                u32 hole check crc32(self[.. hole], self[end(hole) .. 20]);
                u8 b[3];
                u32 prefix check crc32c(self[.. 3]);
                u32 tail;
                u32 zeroed check crc32(self zeroing zeroed);
            }
            """);
        byte[] bytes = new byte[24];
        new Random(3).NextBytes(bytes);
        string said = driver.Call<string>("Of", bytes);
        byte[] zeroed = [.. bytes[..20], 0, 0, 0, 0];
        uint prefix = BitConverter.ToUInt32(bytes, 12);
        uint hole = Crc32.HashToUInt32([.. bytes[..5], .. bytes[9..20]]);
        Assert.Equal($"{hole:x} {Crc32.HashToUInt32(zeroed):x} {prefix:x} True True", said);
        bytes[16]++;
        string issue = driver.Call<string>("Issue", bytes);
        Assert.StartsWith("offset 0x5 (three.hole): 0x", issue, StringComparison.Ordinal);
        Assert.Contains("must be crc32(self[.. hole], self[end(hole) .. 20])\n", issue, StringComparison.Ordinal);
        Assert.Contains("must be crc32(self zeroing zeroed)", issue, StringComparison.Ordinal);
        Assert.DoesNotContain("crc32c", issue, StringComparison.Ordinal);
    }

    [Fact]
    public void An_algorithm_is_chosen_by_data_and_an_unknown_one_is_unchecked_never_good()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new HeadView(b);
                var report = default(LayoutReport);
                bool clean = v.Validate(ref report);
                return $"{v.CheckCrc()} {clean} {report.Unchecked} {v.IsValid} {new HeadEdit(b).UpdateCrc()}";
            }
            """,
            """
            layout 1; namespace t; order be;
            check crc(u32 version, bytes...) {
                case version >= 9: unknown; case version >= 7: crc32c; case version == 0: none; default: crc32;
            }
            struct head {
                u32 version;
                u32 crc check crc(version, self[.. crc]) ^ crc(version, self[end(crc) ..]);
                u64 x;
            }
            """);
        byte[] bytes = new byte[16];
        bytes[3] = 9;
        Assert.Equal("Unchecked True 1 False Unchecked", driver.Call<string>("Of", bytes));
        bytes[3] = 0;
        Assert.Equal("None True 0 True None", driver.Call<string>("Of", bytes));
        bytes[3] = 6;
        Assert.Equal("Bad False 0 False Good", driver.Call<string>("Of", bytes));
        Assert.Equal("Good True 0 True Good", driver.Call<string>("Of", bytes));
        uint wanted = Crc32.HashToUInt32(bytes.AsSpan(0, 4)) ^ Crc32.HashToUInt32(bytes.AsSpan(8, 8));
        Assert.Equal(wanted, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4)));
        bytes[3] = 7;
        Assert.Equal("Bad False 0 False Good", driver.Call<string>("Of", bytes));
    }

    [Fact]
    public void A_reference_is_a_value_and_its_bytes_are_verified_by_who_fetched_them()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b, byte[] data)
            {
                var e = new BlockrefEdit(b);
                var v = e.View;
                if (!v.HasData) return "no data";
                bool fits = v.Data.TryGetRange(1 << 20, out long at, out long length);
                string sha = v.HasDigest ? $"{e.UpdateDigest(data)} {v.CheckDigest(data)} " : "";
                string xxh = v.HasXxh ? $"{v.CheckXxh(data)} {e.UpdateXxh(data)} {v.CheckXxh(data)} " : "";
                return $"{v.Data} {fits} {at} {length} {sha}{xxh}{v.Child} {v.Next} {v.Back.Offset} {v.IsValid}";
            }
            """,
            """
            layout 1; namespace t; order le;
            bits where_ : u64 lsb { radix : 6; block : 58 << 6; }
            struct text { u8 n; char text[n]; }
            struct blockref {
                u8 kind; s8 rel;
                where_ off;
                union (kind) size 24 {
                    case 1: u64 xxh check xxhash64(data);
                    case 2: u8 digest[24] check sha256(data);
                    default: {}
                }
                ref data[off.radix == 0 ? 0 : 1 << off.radix bytes] at space(volume) + off.block if kind != 0;
                ref blockref child[4] at file + off.block;
                ref text next at self + 5;
                ref back[1 bytes] at self + rel * 512;
            }
            """);
        byte[] bytes = new byte[34];
        Assert.Equal("no data", driver.Call<string>("Of", bytes, Array.Empty<byte>()));
        bytes[0] = 1;
        bytes[1] = 0xfe;
        bytes[2] = 0x40 | 3;
        byte[] data = [1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Equal(
            "volume+0x40, 8 bytes True 64 8 Bad Good Good file+0x40, 136 bytes of blockref "
                + "self+0x5, 1 bytes or more of text -1024 True",
            driver.Call<string>("Of", bytes, data));
        Assert.Equal(XxHash64.HashToUInt64(data), BitConverter.ToUInt64(bytes, 10));
        bytes[0] = 2;
        Assert.Contains(" Good Good file", driver.Call<string>("Of", bytes, data), StringComparison.Ordinal);
        Assert.Equal(SHA256.HashData(data)[..24], bytes[10..34]);
        Assert.Contains("Bad Bad", driver.Call<string>("Of", bytes, new byte[7]), StringComparison.Ordinal);
    }

    [Fact]
    public void Checks_that_others_cover_are_computed_first_and_odd_algorithms_are_known()
    {
        Driver driver = Schema.Build(
            """
            public static bool Of(byte[] b)
            {
                var e = new ChainEdit(b);
                e.UpdateChecks();
                return e.View.IsValid;
            }
            """,
            """
            layout 1; namespace t; order be;
            struct chain {
                u32 all check adler32(self[4 ..]);
                u16 sum check internet(self zeroing sum & all);
                le16 swapped check internet(body);
                u16 fl check fletcher16(body);
                u64 long_ check fletcher64(body);
                u32 middle check fletcher32(fl, body);
                le16 x check xor16(body);
                u8 digest[5] check sha256(body);
                u8 body[33];
            }
            """);
        byte[] bytes = new byte[62];
        new Random(4).NextBytes(bytes);
        Assert.True(driver.Call<bool>("Of", bytes));
        int sum = 0;
        byte[] body = [.. bytes[29..62], 0];
        for (int i = 0; i < body.Length; i += 2)
        {
            sum += (body[i] << 8) | body[i + 1];
        }

        sum = ~((sum & 0xffff) + (sum >> 16));
        Assert.Equal((ushort)sum, (ushort)((bytes[6] << 8) | bytes[7]));
    }

    [Fact]
    public void Algorithms_start_from_seeds_that_constants_or_the_data_state_and_digests_are_folded()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b, uint seed)
            {
                new SeededEdit(b, seed).UpdateChecks();
                var v = new SeededView(b, seed);
                return $"{v.IsValid} {new SeededView(b, seed + 1).CheckCrc()} {v.Crc:x} {v.Hash:x} {v.Own:x} "
                    + Convert.ToHexString(v.Digest);
            }
            """,
            """
            layout 1; namespace t; order le;
            const SEED = 2654435761;
            check seeded(u32 seed, bytes...) { default: crc32c_raw(seed); }
            check hashed(u8 kind, bytes...) { case kind == 1: xxhash64(SEED); case kind == 0: xxhash64(8 / kind);
                default: xxhash64; }
            struct seeded_(u32 seed) @name(Seeded) {
                u8 kind; u8 body[4];
                u32 crc check seeded(seed, body);
                u64 hash check hashed(1, body);
                u64 own check hashed(kind, body);
                byte digest[24] check sha256_folded(body);
            }
            """);
        byte[] bytes = new byte[49];
        "\u0003abcd"u8.CopyTo(bytes);
        byte[] body = bytes[1..5];
        byte[] digest = SHA256.HashData(body);
        for (int i = 16; i < 24; i++)
        {
            digest[i] ^= digest[i + 8];
        }

        uint crc = 5;
        foreach (byte one in body)
        {
            crc = System.Numerics.BitOperations.Crc32C(crc, one);
        }

        ulong hash = XxHash64.HashToUInt64(body, 2654435761);
        ulong own = XxHash64.HashToUInt64(body);
        Assert.Equal(
            $"True Bad {crc:x} {hash:x} {own:x} {Convert.ToHexString(digest[..24])}",
            driver.Call<string>("Of", bytes, 5u));

        // A seed without a value is no algorithm: nothing was verified, and that is told.
        bytes[0] = 0;
        Assert.StartsWith("False ", driver.Call<string>("Of", bytes, 5u), StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_is_absent_has_a_place_and_no_bytes()
    {
        const string schema = """
            layout 1; namespace t; order le;
            struct s {
                u8 kind, n;
                u32 crc check crc32(self[end(extra) ..]);
                u32 extra if kind == 1;
                union (kind) { case 2: { u8 text[n]; u8 last; } default: {} }
                u8 tail[2];
            }
            struct t { u8 kind, n; union (kind) { case 2: { u8 text[n]; u8 last; } default: {} }
                u32 crc check crc32(self[last ..]); }
            """;
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b) => $"{new SView(b).CheckCrc()} {new TView(b).CheckCrc()}";
            """,
            schema);
        foreach (int kind in new[] { 0, 1, 2 })
        {
            byte[] bytes = [(byte)kind, 1, 0, 0, 0, 0, 9, 8, 7, 6, 5, 4, 3];
            int length = kind == 1 ? 12 : kind == 2 ? 10 : 8;
            Crc32.Hash(bytes.AsSpan(kind == 1 ? 10 : 6, length - (kind == 1 ? 10 : 6)), bytes.AsSpan(2));
            Assert.Equal("Good Bad", driver.Call<string>("Of", bytes));
            Assert.Empty(Decoded.Of(schema, "s", bytes).Findings);
            Assert.Contains(Decoded.Of(schema, "t", bytes).Findings,
                static finding => $"{finding}".Contains("crc32", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_decoder_counts_zeroed_parts_and_bitmaps_as_generated_code_does()
    {
        const string schema = """
            layout 1; namespace t; order le;
            struct s {
                u32 one check crc32(self[8 .. 14] zeroing wide); u32 two check crc32(bits);
                u32 head; u64 wide; u8 x;
                u8 n; bitmap bits[n];
            }
            """;
        Driver driver = Schema.Build(
            """
            public static bool Of(byte[] b)
            {
                new SEdit(b).UpdateChecks();
                return new SView(b).IsValid;
            }
            """,
            schema);
        byte[] bytes = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 12, 1, 2, 3, 4];
        Assert.True(driver.Call<bool>("Of", bytes));
        Assert.Equal(Crc32.HashToUInt32([1, 2, 3, 4, 0, 0]), BitConverter.ToUInt32(bytes));
        Assert.Equal(Crc32.HashToUInt32([1, 2]), BitConverter.ToUInt32(bytes, 4));
        Assert.Empty(Decoded.Of(schema, "s", bytes).Findings);
    }

    [Theory]
    [InlineData("self[8 .. 4]", false)]
    [InlineData("self[crc .. 2]", false)]
    [InlineData("self[.. 13]", false)]
    [InlineData("self[13 ..]", false)]
    [InlineData("self[end(a) .. b]", false)]
    [InlineData("self[.. 12]", true)]
    [InlineData("self[12 ..]", true)]
    [InlineData("self[end(crc) .. a]", true)]
    public void A_range_that_never_holds_bytes_of_the_structure_is_refused(string range, bool isGood)
    {
        CompileResult result = Schema.Compile(
            $"layout 1; order le; struct s {{ u16 b; u16 c; u32 crc check crc32({range}); u32 a; }}");
        Assert.Equal(isGood ? [] : ["KK1401"], result.Diagnostics.Select(static diagnostic => diagnostic.Code));
    }

    [Fact]
    public void Verifying_allocates_nothing_once_it_is_warm()
    {
        Driver driver = Schema.Build(
            """
            public static long Of(byte[] b)
            {
                Once(b);
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < 100; i++) Once(b);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            }
            static void Once(byte[] b)
            {
                new AllEdit(b).UpdateChecks();
                if (!new AllView(b).IsValid) throw new InvalidOperationException();
            }
            """,
            """
            layout 1; namespace t; order le;
            check seeded(bytes...) { default: xxhash64(77); }
            struct all {
                u32 a check crc32(body); u32 b check crc32c(body); u64 c check seeded(self[.. 4], body);
                u8 d[20] check sha256(body);
                u8 body[100];
            }
            """);
        Assert.Equal(0, driver.Call<long>("Of", new byte[136]));
    }
}

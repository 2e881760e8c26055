using System.IO.Compression;
using System.Text;
using K4os.Compression.LZ4;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Bytes that are stored in another form, and functions that are written in C#.</summary>
public sealed class TransformTests
{
    private const string Blocks = """
        layout 1; namespace t; order le;
        transform comp(u8 method, bytes...) {
            case method == 0: none; case method == 2: lz4_prefixed; case method == 3: zlib; case method == 4: deflate;
            case method == 5: lz4; default: unknown;
        }
        struct block {
            u8 method; u16 length;
            u8 data[length] transform comp(method) max 64K;
            char name[4] transform xor(x"01 02");
            ref far[length bytes] at space(volume) + 512 transform comp(method) max 4K;
        }
        """;

    private const string Drivers = """
        public static string Of(byte[] b, int room)
        {
            var v = new BlockView(b);
            byte[] target = new byte[room];
            var result = v.TryDecodeData(target, out int written);
            Span<byte> name = stackalloc byte[4];
            v.TryDecodeName(name, out _);
            byte[] digest = System.Security.Cryptography.SHA256.HashData(target[..written]);
            return $"{result} {written} {Convert.ToHexString(digest)[..8]} "
                + System.Text.Encoding.ASCII.GetString(name);
        }
        public static string Far(byte[] b, byte[] stored)
        {
            var result = new BlockView(b).TryDecodeFar(stored, new byte[100000], out int written);
            return $"{result} {written}";
        }
        """;

    private static readonly byte[] Plain =
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("hello, blocks ", 400)));

    private static byte[] Block(byte method, byte[] stored) =>
        [method, (byte)stored.Length, (byte)(stored.Length >> 8), .. stored, .. "m`lg"u8];

    private static byte[] Squeeze(Func<Stream, Stream> make)
    {
        using var target = new MemoryStream();
        using (Stream stream = make(target))
        {
            stream.Write(Plain);
        }

        return target.ToArray();
    }

    [Fact]
    public void Every_way_gives_back_what_was_stored()
    {
        Driver driver = Schema.Build(Drivers, Blocks);
        byte[] lz4 = new byte[10000];
        lz4 = lz4[..LZ4Codec.Encode(Plain, lz4)];
        byte[] zlib = Squeeze(static stream => new ZLibStream(stream, CompressionLevel.Optimal));
        byte[] deflate = Squeeze(static stream => new DeflateStream(stream, CompressionLevel.Optimal));
        string sha = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Plain))[..8];
        (byte, byte[])[] stored =
        [
            (0, Plain),
            (2, [.. BitConverter.GetBytes(lz4.Length), .. lz4, 0, 0, 0]),
            (3, [.. zlib, 9, 9]),
            (4, deflate),
            (5, lz4),
        ];
        foreach ((byte method, byte[] bytes) in stored)
        {
            byte[] block = Block(method, bytes);
            Assert.Equal($"Done {Plain.Length} {sha} lbme", driver.Call<string>("Of", block, 100_000));
            Assert.Equal($"Done {Plain.Length} {sha} lbme", driver.Call<string>("Of", block, Plain.Length));
            Assert.DoesNotContain("Done", driver.Call<string>("Of", block, Plain.Length - 1), StringComparison.Ordinal);
            Assert.DoesNotContain("Done", driver.Call<string>("Far", block, bytes), StringComparison.Ordinal);
        }

        Assert.StartsWith("Unknown 0", driver.Call<string>("Of", Block(7, Plain), 100_000), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_bytes_are_told_and_never_written_beyond_the_target()
    {
        Driver driver = Schema.Build(Drivers, Blocks);
        byte[] lz4 = new byte[10000];
        lz4 = lz4[..LZ4Codec.Encode(Plain, lz4)];
        byte[] zlib = Squeeze(static stream => new ZLibStream(stream, CompressionLevel.Optimal));
        var random = new Random(8);
        for (int i = 0; i < 2_000; i++)
        {
            byte method = (byte)random.Next(2, 6);
            byte[] stored = method is 3 or 4 ? [.. zlib] : [.. BitConverter.GetBytes(lz4.Length), .. lz4];
            stored[random.Next(stored.Length)] ^= (byte)random.Next(1, 256);
            _ = driver.Call<string>("Of", Block(method, stored[..random.Next(stored.Length + 1)]), random.Next(9_000));
        }
    }

    [Fact]
    public void A_stream_that_asks_for_a_dictionary_is_damaged()
    {
        // zlib's header with the flag FDICT and the checksum of a dictionary that nobody has.
        byte[] stored = [0x78, 0x20, 1, 2, 3, 4];
        LayoutTransformResult result = LayoutTransform.TryDecode(
            LayoutTransformKind.Zlib, stored, new byte[64], default, out int written);
        Assert.Equal((LayoutTransformResult.Damaged, 0), (result, written));
        Assert.Equal(
            LayoutTransformResult.Damaged,
            LayoutTransform.TryDecode(LayoutTransformKind.Zlib, [0x78, 0xbb, .. stored], new byte[64], default, out _));
    }

    [Fact]
    public void A_small_stream_cannot_become_a_large_result()
    {
        byte[] zeros = new byte[8 << 20];
        using var target = new MemoryStream();
        using (var stream = new ZLibStream(target, CompressionLevel.SmallestSize))
        {
            stream.Write(zeros);
        }

        byte[] stored = target.ToArray();
        Assert.InRange(zeros.Length / stored.Length, 1_000, 2_000);
        LayoutTransformResult result = LayoutTransform.TryDecode(
            LayoutTransformKind.Zlib, stored, new byte[zeros.Length], default, out int written);
        Assert.Equal(LayoutTransformResult.TooLarge, result);
        Assert.Equal(stored.Length * LayoutTransform.RatioMax, written);
    }

    [Fact]
    public void A_function_in_csharp_decides_lengths_conditions_and_values()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                if (!OddView.TryOpen(b, out var v, out var issue)) return issue.ToString();
                return $"{v.Data.Length} {v.HasExtra} {v.Kind} {v.IsValid} {v.Sum}";
            }
            } namespace Made.T { internal static partial class TFunctions
            {
                public static partial ushort Weigh(ReadOnlySpan<byte> bytes, byte scale)
                {
                    int n = 0;
                    foreach (byte b in bytes) n += b;
                    return (ushort)(n * scale);
                }
                public static partial bool IsOdd(ulong n) => (n & 1) != 0;
                public static partial Kind KindOf(byte n) => (Kind)(n % 3);
            }
            """,
            """
            layout 1; namespace t; order le;
            enum kind : u8 { A = 1, B = 2 }
            extern function weigh(bytes data, u8 scale) -> u16;     /// adds up
            extern function is_odd(u64 n) -> bool;
            extern function kind_of(u8 n) -> kind;
            struct odd {
                u8 head[2];
                u8 scale;
                u8 data[weigh(head, scale) & 15];
                u8 extra if is_odd(scale);
                u16 sum where it == weigh(data, 1);
                let kind = kind_of(scale);
            }
            """);
        Assert.Equal("3 True A True 6", driver.Call<string>("Of", new byte[] { 1, 2, 1, 1, 2, 3, 9, 6, 0 }));
        Assert.Equal("6 False B False 7", driver.Call<string>("Of", new byte[] { 1, 2, 2, 1, 2, 3, 9, 9, 9, 7, 0 }));
        string said = driver.Call<string>("Of", new byte[] { 7, 7, 1, 0, 0, 0 });
        Assert.Contains("must fit", said, StringComparison.Ordinal);
    }
}

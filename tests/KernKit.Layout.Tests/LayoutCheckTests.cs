using System.Text;
using Xunit;

namespace KernKit.Layout.Tests;

/// <summary>The algorithms against published values, whatever the pieces.</summary>
public sealed class LayoutCheckTests
{
    public static TheoryData<LayoutCheckAlgorithm, string, ulong> Known => new()
    {
        { LayoutCheckAlgorithm.Crc32, "123456789", 0xcbf43926 },
        { LayoutCheckAlgorithm.Crc32C, "123456789", 0xe3069283 },
        { LayoutCheckAlgorithm.Crc32CRaw, "123456789", 0x1cf96d7c },
        { LayoutCheckAlgorithm.Adler32, "Wikipedia", 0x11e60398 },
        { LayoutCheckAlgorithm.Fletcher16, "abcde", 0xc8f0 },
        { LayoutCheckAlgorithm.Fletcher32, "abcde", 0xf04fc729 },
        { LayoutCheckAlgorithm.Fletcher64, "abcde", 0xc8c6c527646362c6 },
        { LayoutCheckAlgorithm.Fletcher16, "abcdef", 0x2057 },
        { LayoutCheckAlgorithm.Fletcher32, "abcdef", 0x56502d2a },
        { LayoutCheckAlgorithm.Fletcher64, "abcdef", 0xc8c72b276463c8c6 },
        { LayoutCheckAlgorithm.XxHash64, "", 0xef46db3751d8e999 },
        { LayoutCheckAlgorithm.XxHash64, "abc", 0x44bc2cf5ad770999 },
        { LayoutCheckAlgorithm.Internet, "\u0000\u0001\u00f2\u0003\u00f4\u00f5\u00f6\u00f7", 0x220d },
        { LayoutCheckAlgorithm.Xor16, "abcd", 0x0602 },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void A_published_value_comes_out_however_the_bytes_are_cut(
        LayoutCheckAlgorithm algorithm, string text, ulong wanted)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            var check = new LayoutCheck(algorithm);
            check.Append(bytes.AsSpan(0, cut));
            check.Append(bytes.AsSpan(cut));
            Assert.Equal(wanted, check.ToInteger());
        }
    }

    [Fact]
    public void A_seed_is_where_an_algorithm_starts()
    {
        // Two halves of one CRC: the register goes on where it stood.
        var first = new LayoutCheck(LayoutCheckAlgorithm.Crc32CRaw);
        first.Append("1234"u8);
        var second = new LayoutCheck(LayoutCheckAlgorithm.Crc32C, first.ToInteger());
        second.Append("56789"u8);
        Assert.Equal(0xe3069283UL, second.ToInteger());

        // xxHash's own test vector: no bytes, the prime as the seed.
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(0xac75fda2929b17efUL, new LayoutCheck(LayoutCheckAlgorithm.XxHash64, 2654435761).ToInteger());
            Assert.Equal(0xef46db3751d8e999UL, new LayoutCheck(LayoutCheckAlgorithm.XxHash64, 0).ToInteger());
        }

        Assert.Throws<ArgumentOutOfRangeException>(static () =>
        {
            _ = new LayoutCheck(LayoutCheckAlgorithm.Crc32, 1);
        });
    }

    [Theory]
    [InlineData(32, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData(24, "BA7816BF8F01CFEA414140DE5DAE222304139EC264176F31")]
    [InlineData(16, "0A7B771C1916B576F551BFBFAFAE378E")]
    public void A_folded_digest_has_its_end_xored_onto_the_bytes_before(int length, string wanted)
    {
        var check = new LayoutCheck(LayoutCheckAlgorithm.Sha256Folded);
        check.Append("abc"u8);
        byte[] digest = new byte[length];
        check.CopyTo(digest);
        Assert.Equal(wanted, Convert.ToHexString(digest));
    }

    [Fact]
    public void A_digest_is_cut_to_its_first_bytes()
    {
        var check = new LayoutCheck(LayoutCheckAlgorithm.Sha256);
        check.Append("abc"u8);
        byte[] digest = new byte[4];
        check.CopyTo(digest);
        Assert.Equal("BA7816BF", Convert.ToHexString(digest));
    }

    [Theory]
    [InlineData(-1, 3)]
    [InlineData(3, 2)]
    [InlineData(0, 6)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void A_range_that_leaves_the_structure_is_refused(long from, long to)
    {
        var check = new LayoutCheck(LayoutCheckAlgorithm.Crc32);
        Assert.False(check.TryAppend(new byte[5], from, to));
    }

    [Fact]
    public void Zeroed_parts_count_as_zero_even_where_they_stick_out_of_the_range()
    {
        byte[] bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        var check = new LayoutCheck(LayoutCheckAlgorithm.Fletcher16);
        Assert.True(check.TryAppend(bytes, 1, 7, 0, 2, 3, 2, 6, 2));
        var plain = new LayoutCheck(LayoutCheckAlgorithm.Fletcher16);
        plain.Append([0, 3, 0, 0, 6, 0]);
        Assert.Equal(plain.ToInteger(), check.ToInteger());
    }

    [Fact]
    public void The_internet_sum_is_the_same_bytes_in_either_order()
    {
        var big = new LayoutCheck(LayoutCheckAlgorithm.Internet);
        var little = new LayoutCheck(LayoutCheckAlgorithm.Internet);
        big.Append([1, 2, 3]);
        little.Append([1, 2, 3]);
        ulong value = big.ToInteger(isLittleEndian: false);
        Assert.Equal(((value & 0xff) << 8) | (value >> 8), little.ToInteger(isLittleEndian: true));
    }

    [Theory]
    [InlineData(LayoutCheckAlgorithm.Unknown)]
    [InlineData(LayoutCheckAlgorithm.None)]
    public void What_has_no_result_is_refused(LayoutCheckAlgorithm algorithm) =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            _ = new LayoutCheck(algorithm);
        });

    [Fact]
    public void A_reference_gives_a_range_only_if_it_lies_in_its_space()
    {
        var inside = new LayoutReference("volume", 10, 6, "", false);
        Assert.True(inside.TryGetRange(16, out long offset, out long length));
        Assert.Equal((10, 6), (offset, length));
        Assert.False(inside.TryGetRange(15, out _, out _));
        Assert.False((inside with { Offset = -1 }).TryGetRange(16, out _, out _));
        Assert.False((inside with { Length = -1 }).TryGetRange(16, out _, out _));
        Assert.False((inside with { Length = Int128.MaxValue }).TryGetRange(16, out _, out _));
        Assert.Equal("volume+0xa, 6 bytes", inside.ToString());
        Assert.Equal("self-4, 6 bytes or more of x", new LayoutReference("self", -4, 6, "x", true).ToString());
    }
}

using System.Text;

namespace KernKit.Bpf.Predicates.Tests;

/// <summary>What expressions mean, and what is said of those that mean nothing.</summary>
public sealed class LanguageTests
{
    private static readonly byte[] Record = Make();

    [Theory]
    // Precedence is C's.
    [InlineData("1 + 2 * 3 == 7 && a", true)]
    [InlineData("a - 100 - 100 == 0", true)]
    [InlineData("1 | 2 ^ 2 & 6 == a * 0 || true", null)]
    [InlineData("a << 1 + 1 == 800", true)]
    [InlineData("a > 100 == false", null)]
    [InlineData("a ? b < 0 : b > 0", true)]
    // Mathematics, not C: a byte of -2 is less than 2^63.
    [InlineData("b < e", true)]
    [InlineData("e > b", true)]
    [InlineData("e == 0x8000000000000005", true)]
    [InlineData("e + 1 > e", true)]
    [InlineData("e * 2 > 1M", true)]
    [InlineData("b * 1000000000000000000 < 0", true)]
    [InlineData("-b == 2", true)]
    [InlineData("~a == -201", true)]
    [InlineData("b / 2 == -1 && b % 2 == 0 && b >> 1 == -1", true)]
    [InlineData("a / 7 == 28 && a % 7 == 4", true)]
    // Widths, orders, bits, arrays.
    [InlineData("c == 0x1234", true)]
    [InlineData("g == 0x30201", true)]
    [InlineData("h == -2", true)]
    [InlineData("i == 0x1ff && j == 1", true)]
    [InlineData("k[0] == -1 && k[3] == 3", true)]
    [InlineData("x == 0x07060504030201", true)]
    [InlineData("w == 0x0 || w != 0", true)]
    // Sizes, times, durations.
    [InlineData("64K == 65536 && 1M == 1024 * 1024 && 1G > 1M && 1T == 1 << 40", true)]
    [InlineData("0x10 == 0b1_0000 && 0o20 == 16", true)]
    [InlineData("m == \"2024-05-01\"", true)]
    [InlineData("m == \"2024-05-01T02:00:00+02:00\"", true)]
    [InlineData("m < \"2024-05-01T00:00:00.5Z\" && m > \"2024-04-30T23:59:59.999999999\"", true)]
    [InlineData("\"2024-05-02\" - m == 1d", true)]
    [InlineData("m > now - 7d", false)]
    [InlineData("now - m > 800d && now - m < 900d", true)]
    [InlineData("n == \"2024-05-01T00:00:00.000000001\" && n > m && n - m == 1ns", true)]
    [InlineData("m + 1w > \"2024-05-07\" && (now - m) / 1d > 100", true)]
    // Names of values.
    [InlineData("kind == BAG", true)]
    [InlineData("kind == kind.BAG && kind != file", true)]
    [InlineData("state & BROKEN", true)]
    [InlineData("state & (SOLD | BIG)", false)]
    [InlineData("(state & ~BROKEN) == 0", true)]
    // Text and bytes.
    [InlineData("text == \"readme.txt\"", true)]
    [InlineData("text != \"readme\" && text != \"readme.txts\"", true)]
    [InlineData("text ~ \"*.txt\" && !(text ~ \"*.TXT\")", true)]
    [InlineData("text[0] == 0x72", true)]
    [InlineData("raw == x\"00 01 02 03\"", true)]
    [InlineData("raw == \"\\x00\\x01\\x02\\x03\"", true)]
    [InlineData("text == \"longer than twelve\"", false)]
    public void Expressions(string text, bool? expected)
    {
        if (expected is null)
        {
            Assert.Throws<PredicateException>(() => Compile(text));
            return;
        }

        var predicate = Compile(text);
        Assert.Equal(expected.Value ? Predicate.Yes : Predicate.No, Records.Ask(predicate, Record));
        Assert.Equal(0, predicate.Verdict.UnprovedCount);
    }

    [Theory]
    [InlineData("a / (b + 2) == 0")]
    [InlineData("a << c == 0")]
    [InlineData("!(a % (b + 2) == 0)")]
    [InlineData("e * e > 0")]
    public void What_has_no_value_is_neither_true_nor_false(string text) =>
        Assert.Equal(Predicate.NoValue, Records.Ask(Compile(text), Record));

    [Theory]
    [InlineData("b == -2 || a / (b + 2) == 0")]
    [InlineData("!(b > 0 && a / (b + 2) == 0)")]
    [InlineData("(b == -2 ? 1 : a / (b + 2)) == 1")]
    public void What_is_passed_over_is_not_computed(string text) =>
        Assert.Equal(Predicate.Yes, Records.Ask(Compile(text), Record));

    [Fact]
    public void A_record_that_is_too_short_has_no_value()
    {
        var predicate = Compile("e > 0");
        Assert.Equal(16, predicate.BytesNeeded);
        Assert.Equal(Predicate.NoValue, Records.Ask(predicate, Record.AsSpan(0, 15)));
        Assert.Equal(Predicate.Yes, Records.Ask(predicate, Record.AsSpan(0, 16)));
    }

    [Theory]
    [InlineData("", "column 1: an empty expression; write a condition such as size > 1M")]
    [InlineData("a & 1 == 0", "column 7: '==' binds tighter than '&'; write (a & b) == c, or '&&' between conditions")]
    [InlineData("aa > 1", "column 1: there is no 'aa'; near it: a")]
    [InlineData("tezt == \"x\"", "column 1: there is no 'tezt'; near it: text")]
    [InlineData("kind == BOXX", "column 9: there is no 'BOXX'; near it: BOX")]
    [InlineData("kind == \"BOX\"", "column 6: 'kind' has named values, without quotes: BOX, BAG, file")]
    [InlineData("a = 1", "column 3: '=' means nothing here; equality is '=='")]
    [InlineData("a > 0755", "column 5: '0755' would be octal in C; write 0o755 or leave the 0 out")]
    [InlineData("a > 5x",
        "column 5: '5x' is no number: sizes end in K, M, G or T (powers of 1024), durations in ns, us, "
        + "ms, s, m, h, d or w")]
    [InlineData("text", "column 1: text is no condition; compare it")]
    [InlineData("text > \"a\"", "column 6: text has == and != and ~, no order")]
    [InlineData("text ~ a",
        "column 6: '~' compares text with a pattern, as in name ~ \"*.log\", not text with a number")]
    [InlineData("text ~ \"[a\"", "column 9: '[' without ']'; the character itself is '\\['")]
    [InlineData("!text ~ \"a\"", "column 1: '!' binds tighter than '~' and '=='; write !(a ~ b)")]
    [InlineData("m > 5",
        "column 3: a time is compared with a time: \"2024-05-01\", \"2024-05-01T12:00:00Z\" or now - 7d")]
    [InlineData("m > \"yesterday\"",
        "column 5: \"yesterday\" is no time; write \"2024-05-01\", \"2024-05-01T12:00:00Z\", with "
        + ".fraction or +02:00, or now - 7d")]
    [InlineData("m > \"2023-02-29\"",
        "column 5: \"2023-02-29\" is no time; write \"2024-05-01\", \"2024-05-01T12:00:00Z\", with "
        + ".fraction or +02:00, or now - 7d")]
    [InlineData("m * 2 > m", "column 3: there is no '*' between a time and a number")]
    [InlineData("k > 0", "column 1: 'k' is an array; write k[0]")]
    [InlineData("k[4] > 0", "column 1: 'k[]' has 4 elements, [4] is not one of 0 to 3")]
    [InlineData("k[a] > 0", "column 3: 'a' stands where an index belongs; it is a number")]
    [InlineData("raw == x\"00\"", "column 8: 'raw' has 4 bytes, not 1")]
    [InlineData("raw == x\"0\"", "column 9: x\"...\" holds pairs of hexadecimal digits")]
    [InlineData("a / 0 == 1", "column 3: a division by zero")]
    [InlineData("a << 64 == 1", "column 3: a shift by 64; it is 0 to 63")]
    [InlineData("(a > 1) + 1 > 1",
        "column 4: '+' takes numbers, and one of its sides is a condition; join conditions with && or ||")]
    [InlineData("a > 1 > 0",
        "column 3: '>' takes numbers, and one of its sides is a condition; join conditions with && or ||")]
    [InlineData("a ? 1 : text", "column 3: the two values of '?' are a number and text; both must be of one kind")]
    [InlineData("f(a)", "column 2: there is no function 'f'; functions are not a part of predicates")]
    [InlineData("a >", "column 4: the end stands where a value belongs; write a field, a number or '('")]
    [InlineData("(a > 1", "column 7: ')' is missing after the expression, before the end")]
    [InlineData("a > 1 b", "column 7: 'b' stands where an operator belongs")]
    [InlineData("text == \"a", "column 9: a string without its end; add a '\"'")]
    [InlineData("a $ 1", "column 3: '$' means nothing here")]
    [InlineData("a + 99999999999999999999 > b + a", "column 3: 99999999999999999999 is more than 64 bits hold")]
    public void Mistakes(string text, string message)
    {
        var error = Assert.Throws<PredicateException>(() => Compile(text));
        Assert.Equal(message, error.Message);
        Assert.True(error.Column > 0);
    }

    [Fact]
    public void Limits_are_told()
    {
        Assert.Contains("at most 8192", Refused(new string('a', 8193)), StringComparison.Ordinal);
        Assert.Contains("more than 256 parts", Refused(string.Join(" || ", Enumerable.Repeat("a", 200))),
            StringComparison.Ordinal);
        Assert.Contains("nested deeper than 64", Refused(new string('(', 100) + "a" + new string(')', 100)),
            StringComparison.Ordinal);
        Assert.Contains("at most 64 bytes", Refused($"text ~ \"*{new string('x', 65)}*\""), StringComparison.Ordinal);
        Assert.Contains("keeps none",
            Assert.Throws<PredicateException>(() => Predicate.Compile("born > now", new FieldTable()
                .AddAbsent("born", "ufs1 keeps none"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_are_checked()
    {
        foreach (var line in new[] { "a", "a 0", "a 0 q8", "a x u8", "a 0 u8 huh 1", "a 0 u8 bits 4 5", "a 0 u128",
            "a 0 u8 symbols nobody", "a[2] 0 u8", "a 0 u8\na 1 u8", "a 0 u8 time 0" })
        {
            Assert.Throws<FormatException>(() => FieldTable.Parse(line));
        }
    }

    [Fact]
    public void A_predicate_tells_which_fields_it_reads()
    {
        var predicate = Compile("a > 1 && text ~ \"*.c\" && k[1] > 0");
        Assert.Equal(["a", "k[]", "text"], predicate.Fields.Order(StringComparer.Ordinal));
        Assert.Equal(Records.Bytes - 4, predicate.BytesNeeded);
    }

    [Fact]
    public void Batches_allocate_nothing()
    {
        using var batch = new PredicateBatch(Compile("kind == BAG && e > 1M && text ~ \"*.txt\""), Records.Bytes, 64);
        Assert.True(batch.Verdict.IsAccepted);
        for (var i = 0; i < 64; i++)
        {
            Record.CopyTo(batch.Records[(i * Records.Bytes)..]);
            batch.Records[(i * Records.Bytes) + 64] = (byte)(i % 2 == 0 ? 2 : 1);
        }

        Assert.Equal(32, batch.Run(64));
        Assert.Equal(5, batch.Run(9));
        Assert.Equal(0, batch.Run(0));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            batch.Run(64);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Run(65));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PredicateBatch(Compile("e > 1"), 8, 1));
    }

    private static string Refused(string text) =>
        Assert.Throws<PredicateException>(() => Compile(text)).Message;

    private static Predicate Compile(string text) => Records.Compile(text);

    private static byte[] Make()
    {
        var record = new byte[Records.Bytes];
        record[0] = 200;
        record[1] = 0xfe;
        Convert.FromHexString("1234").CopyTo(record, 2);
        BitConverter.TryWriteBytes(record.AsSpan(4), -5);
        BitConverter.TryWriteBytes(record.AsSpan(8), 0x8000_0000_0000_0005UL);
        Convert.FromHexString("010203").CopyTo(record, 24);
        Convert.FromHexString("fffffffffe").CopyTo(record, 27);
        BitConverter.TryWriteBytes(record.AsSpan(32), 0x8000_3fe0u);
        Convert.FromHexString("ffff010002000300").CopyTo(record, 40);
        var day = new DateTimeOffset(2024, 5, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        BitConverter.TryWriteBytes(record.AsSpan(48), day);
        BitConverter.TryWriteBytes(record.AsSpan(56), (day * 1_000_000_000) + 1);
        record[64] = 2;
        record[68] = 2;
        Convert.FromHexString("01020304050607").CopyTo(record, 88);
        Encoding.ASCII.GetBytes("readme.txt").CopyTo(record, 96);
        Convert.FromHexString("00010203").CopyTo(record, 108);
        return record;
    }
}

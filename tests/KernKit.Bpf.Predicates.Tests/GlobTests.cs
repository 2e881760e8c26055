using System.Text;

namespace KernKit.Bpf.Predicates.Tests;

/// <summary>Globs against a model that tries every way.</summary>
public sealed class GlobTests
{
    private const int Capacity = 40;

    private static readonly FieldTable Table = FieldTable.Parse("""
        record: named 88
        zero 0 text40
        length 40 u32
        counted 44 text40 length 40
        """);

    [Theory]
    [InlineData("*.log", "a.log", true)]
    [InlineData("*.log", ".log", true)]
    [InlineData("*.log", "a.logs", false)]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("a?*", "a", false)]
    [InlineData("a?*", "ab", true)]
    [InlineData("[a-c]*[!0-9]", "bx", true)]
    [InlineData("[a-c]*[!0-9]", "b1", false)]
    [InlineData("[]x]", "]", true)]
    [InlineData("[x-]", "-", true)]
    [InlineData("a\\*b", "a*b", true)]
    [InlineData("a\\*b", "axb", false)]
    [InlineData("*ab*ab*", "abab", true)]
    [InlineData("*ab*ab*", "aba", false)]
    [InlineData("*aab*", "aaab", true)]
    [InlineData("usr/*/bin/*", "usr/local/bin/x", true)]
    [InlineData("\\xff*", "\u00ff", false)]
    [InlineData("ü*", "über", true)]
    [InlineData("**a**", "bab", true)]
    public void Patterns(string pattern, string text, bool expected) =>
        Check(pattern, Encoding.UTF8.GetBytes(text), expected);

    [Fact]
    public void Random_patterns_match_what_the_model_matches()
    {
        var matched = 0;
        for (var seed = 0; seed < 4000; seed++)
        {
            var random = new Random(seed);
            var pattern = new StringBuilder();
            for (var i = random.Next(9); i >= 0; i--)
            {
                pattern.Append(random.Next(9) switch
                {
                    0 or 1 or 2 => "*",
                    3 => "?",
                    4 => "[ab]",
                    5 => "[!b]",
                    6 => "b",
                    _ => "a",
                });
            }

            var text = new byte[random.Next(14)];
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = (byte)(random.Next(8) == 0 ? 'c' : 'a' + random.Next(2));
            }

            var expected = Model(pattern.ToString(), 0, text, 0);
            matched += expected ? 1 : 0;
            Check(pattern.ToString(), text, expected);
        }

        Assert.InRange(matched, 500, 3500);
    }

    [Fact]
    public void A_text_that_fills_its_field_needs_no_end()
    {
        var text = Enumerable.Repeat((byte)'x', Capacity).ToArray();
        Check("x*x", text, true);
        Check("*y*", text, false);
        Check(new string('x', Capacity), text, true);
        Check(new string('x', Capacity + 1) + "*", text, false);
    }

    [Fact]
    public void A_bad_pattern_costs_one_pass()
    {
        var table = FieldTable.Parse("record: long 65544\nlength 0 u32\ntext 8 text65536 length 0");
        var predicate = Predicate.Compile("text ~ \"*a*a*a*a*a*a*a*a*a*a*aaaaaaaaaab*\"", table);
        Assert.Equal(0, predicate.Verdict.UnprovedCount);
        var record = new byte[65544];
        record.AsSpan(8).Fill((byte)'a');
        BitConverter.TryWriteBytes(record, 65536);
        // Fuel for less than thirty instructions a byte and piece; the ways to place the stars are beyond counting.
        using var machine = new BpfMachine(predicate.Program, new MachineOptions
        {
            ContextBytesMax = record.Length,
            Fuel = 65536 * 60,
        });
        Assert.Equal(RunStatus.Ok, machine.Run(record.AsSpan()).Status);
    }

    [Fact]
    public void A_length_that_is_longer_than_the_field_has_no_value()
    {
        var record = new byte[88];
        record[40] = Capacity + 1;
        Assert.Equal(Predicate.NoValue, Records.Ask(Predicate.Compile("counted ~ \"*a\"", Table), record));
    }

    private static void Check(string pattern, byte[] text, bool expected)
    {
        var record = new byte[88];
        text.CopyTo(record, 0);
        text.CopyTo(record, 44);
        record[40] = (byte)text.Length;
        foreach (var field in new[] { "zero", "counted" })
        {
            var predicate = Predicate.Compile($"{field} ~ \"{pattern}\"", Table);
            Assert.True(predicate.Verdict is { IsAccepted: true, UnprovedCount: 0 },
                $"{pattern}: {predicate.Verdict}");
            var verdict = Records.Ask(predicate, record);
            Assert.True(verdict == (expected ? 1UL : 0),
                $"{field} '{pattern}' '{Encoding.Latin1.GetString(text)}': {verdict}");
            using var hook = predicate.CreateHook(88, new MachineOptions { Engine = EngineKind.Compiled });
            Assert.Equal(verdict, hook.Decide(record));
        }
    }

    private static bool Model(string pattern, int at, byte[] text, int place)
    {
        if (at == pattern.Length)
        {
            return place == text.Length;
        }

        if (pattern[at] == '*')
        {
            return Model(pattern, at + 1, text, place) || (place < text.Length && Model(pattern, at, text, place + 1));
        }

        if (place == text.Length)
        {
            return false;
        }

        var c = (char)text[place];
        return pattern[at] switch
        {
            '[' when pattern[at + 1] == '!' => c != 'b' && Model(pattern, at + 4, text, place + 1),
            '[' => c is 'a' or 'b' && Model(pattern, at + 4, text, place + 1),
            '?' => Model(pattern, at + 1, text, place + 1),
            var literal => c == literal && Model(pattern, at + 1, text, place + 1),
        };
    }
}

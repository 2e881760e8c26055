using System.Globalization;
using System.Numerics;
using System.Text;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Generated expressions against mathematics: random trees over random fields, and BigInteger.</summary>
public sealed class ExpressionTests
{
    private const int Conditions = 150;

    private static readonly (string Name, int Bytes, bool IsSigned)[] Fields =
    [
        ("a", 1, false), ("b", 1, true), ("c", 2, false), ("d", 2, true), ("e", 4, false), ("f", 4, true),
        ("g", 8, false), ("h", 8, true), ("i", 3, false), ("j", 5, true),
    ];

    [Fact]
    public void Conditions_hold_exactly_when_mathematics_says_so()
    {
        var random = new Random(4);
        var trees = new List<Node>();
        var members = new StringBuilder();
        while (trees.Count < Conditions)
        {
            // What may leave 127 bits, or decides nothing, is refused by the compiler: such a tree is dropped.
            Node left = Node.Random(random, 3);
            Node right = Node.Random(random, 2);
            var tree = new Node(Pick(random, "<", ">", "<=", ">=", "==", "!="), left, right);
            string text = $"u8 p{trees.Count} if {tree.Text};";
            if (Schema.Compile(Wrap(text)).Succeeded)
            {
                trees.Add(tree);
                members.Append(text);
            }
        }

        Driver driver = Schema.Build(
            "public static string Of(byte[] b) { var v = new SView(b); return string.Concat("
            + string.Join(", ", Enumerable.Range(0, Conditions).Select(static i => $"v.HasP{i} ? \"1\" : \"0\""))
            + "); }",
            Wrap(members.ToString()));
        byte[] bytes = new byte[39];
        for (int round = 0; round < 300; round++)
        {
            Dictionary<string, BigInteger> values = Fill(random, bytes, round);
            string expected = string.Concat(
                trees.Select(tree => tree.Evaluate(values) is { IsZero: false } ? "1" : "0"));
            Assert.Equal(expected, driver.Call<string>("Of", bytes));
        }
    }

    [Fact]
    public void The_least_number_has_a_remainder_by_minus_one()
    {
        Driver driver = Schema.Build(
            """
            public static bool Of(byte[] b) => new SView(b).IsValid;
            """,
            """
            layout 1; namespace t; order le;
            struct s { s32 a, b; s64 c, d; assert a % b == 0; assert c % d == 0; assert c % b == 0; }
            """);
        byte[] bytes = [0, 0, 0, 0x80, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0x80, 255, 255, 255, 255, 255, 255,
            255, 255];
        Assert.True(driver.Call<bool>("Of", bytes));
        bytes[4] = 0xfd; // -2^31 % -3 is -2
        Assert.False(driver.Call<bool>("Of", bytes));
    }

    [Fact]
    public void The_decoder_asks_a_condition_once_however_deep_it_nests()
    {
        // A left side that is false, nested as deep as the parser lets it be: two evaluations of each level are 2^50.
        string nested = string.Concat(Enumerable.Repeat("(", 50)) + "a == 1"
            + string.Concat(Enumerable.Repeat(" && a == 2)", 50));
        string schema = $"layout 1; order le; struct s {{ u8 a; u8 b if {nested}; u8 c; }}";
        Assert.Equal("s.a=3 s.c=9", Decoded.Of(schema, "s", [3, 9]).Values);
    }

    [Fact]
    public void The_decoder_opens_a_structure_once_for_all_that_is_read_of_it()
    {
        // Each level reads two lengths of the one below: opened anew at each read, the lowest is opened 2^20 times.
        const int depth = 20;
        string schema = "layout 1; order le; struct part0 { u8 n, m; u8 d[n]; u8 e[m]; } "
            + string.Concat(Enumerable.Range(1, depth).Select(static i =>
                $"struct part{i} {{ part{i - 1} i; let n = i.n; let m = i.m; u8 d[n]; u8 e[m]; }} "));
        Decoded decoded = Decoded.Of(schema, $"part{depth}", new byte[2]);
        Assert.Empty(decoded.Findings);
    }

    [Fact]
    public void The_decoder_decides_a_union_once_however_many_lie_in_it()
    {
        // The tag of each lies in a case of the one before: asked anew, the last is asked 2^26 times.
        const int depth = 26;
        string schema = "layout 1; order le; struct s { u8 k0; "
            + string.Concat(Enumerable.Range(1, depth).Select(static i =>
                $"union (k{i - 1}) {{ case 9: u8 a{i}; default: {{ u8 k{i}; "))
            + string.Concat(Enumerable.Repeat("} } ", depth)) + "}";
        byte[] bytes = new byte[depth + 1];
        Decoded decoded = Decoded.Of(schema, "s", bytes);
        Assert.Empty(decoded.Findings);
        Assert.EndsWith($"s.k{depth}=0", decoded.Values, StringComparison.Ordinal);
    }

    private static string Wrap(string members) =>
        "layout 1; namespace t; order le; struct s { "
        + string.Concat(Fields.Select(static field =>
            $"{(field.IsSigned ? 's' : 'u')}{field.Bytes * 8} {field.Name}; "))
        + $"overlay {{ {members} }} }}";

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];

    private static Dictionary<string, BigInteger> Fill(Random random, byte[] bytes, int round)
    {
        random.NextBytes(bytes);
        if (round % 3 == 0)
        {
            // Small and extreme values: zeros, ones, and a few in between.
            for (int k = 0; k < bytes.Length; k++)
            {
                bytes[k] = random.Next(3) switch { 0 => 0, 1 => 0xff, _ => (byte)random.Next(80) };
            }
        }

        var values = new Dictionary<string, BigInteger>(StringComparer.Ordinal);
        int at = 0;
        foreach ((string name, int size, bool isSigned) in Fields)
        {
            values[name] = new BigInteger(bytes.AsSpan(at, size), isUnsigned: !isSigned);
            at += size;
        }

        return values;
    }

    /// <summary>A tree: an operator and its operands, a field, or a number.</summary>
    private sealed record Node(string Operator, Node? Left, Node? Right)
    {
        public string Text => (Left, Right) switch
        {
            (null, _) => Operator,
            (_, null) => $"{Operator}({Left.Text})",
            _ => $"({Left.Text} {Operator} {Right.Text})",
        };

        public static Node Random(Random random, int depth)
        {
            if (depth == 0 || random.Next(6) == 0)
            {
                return random.Next(3) == 0
                    ? new Node(random.Next(20).ToString(CultureInfo.InvariantCulture), null, null)
                    : new Node(Fields[random.Next(Fields.Length)].Name, null, null);
            }

            if (random.Next(8) == 0)
            {
                return new Node(Pick(random, "-", "~"), Random(random, depth - 1), null);
            }

            string op = Pick(random, "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^");
            return new Node(op, Random(random, depth - 1), Random(random, depth - 1));
        }

        /// <summary>The value; null where mathematics has none, which makes the whole condition false.</summary>
        public BigInteger? Evaluate(IReadOnlyDictionary<string, BigInteger> values)
        {
            if (Left is null)
            {
                return values.TryGetValue(Operator, out BigInteger field)
                    ? field
                    : BigInteger.Parse(Operator, CultureInfo.InvariantCulture);
            }

            BigInteger? left = Left.Evaluate(values);
            if (Right is null)
            {
                return Operator == "-" ? -left : left is null ? null : -left - 1;
            }

            BigInteger? right = Right.Evaluate(values);
            return left is null || right is null ? null : Apply(left.Value, right.Value);
        }

        private BigInteger? Apply(BigInteger left, BigInteger right) => Operator switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => right.IsZero ? null : BigInteger.Divide(left, right),
            "%" => right.IsZero ? null : BigInteger.Remainder(left, right),
            "<<" => right < 0 || right > 63 ? null : left << (int)right,
            ">>" => right < 0 || right > 63 ? null : left >> (int)right,
            "&" => left & right,
            "|" => left | right,
            "^" => left ^ right,
            "<" => left < right ? 1 : 0,
            ">" => left > right ? 1 : 0,
            "<=" => left <= right ? 1 : 0,
            ">=" => left >= right ? 1 : 0,
            "==" => left == right ? 1 : 0,
            _ => left != right ? 1 : 0,
        };
    }
}

using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Text;

/// <summary>One accepted spelling of a row of opcodes.txt.</summary>
/// <param name="Row">The row.</param>
/// <param name="Slots">For each token: the letter of its placeholder, or a space for a literal.</param>
/// <param name="Sample">The spelling with each placeholder filled in, cut into tokens.</param>
internal sealed record SyntaxForm(OpcodeRow Row, char[] Slots, List<Token> Sample)
{
    private static readonly Dictionary<string, List<SyntaxForm>> ByShape = [];

    static SyntaxForm()
    {
        var spellings = OpcodeTable.Rows.SelectMany(row => row.Syntax.Select(text => (Row: row, Text: text))).ToList();
        foreach (var (_, text) in spellings)
        {
            CollectWords(text);
        }

        foreach (var (row, text) in spellings)
        {
            Add(row, text);
        }
    }

    /// <summary>The words of the syntax, which cannot be labels.</summary>
    public static HashSet<string> Words { get; } = [];

    /// <summary>The forms that lines of a shape may have.</summary>
    public static List<SyntaxForm>? Find(string shape) => ByShape.GetValueOrDefault(shape);

    private static void CollectWords(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '%' && at + 1 < text.Length && text[at + 1] != '=')
            {
                at++;
                continue;
            }

            var start = at;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
            {
                at++;
            }

            if (at > start)
            {
                Words.Add(text[start..at]);
                at--;
            }
        }
    }

    // Placeholders become values that no spelling has as a literal; the scanner then does to the spelling what it does
    // to a line.
    private static void Add(OpcodeRow row, string text)
    {
        var filled = text;
        foreach (var (placeholder, value) in new[]
        {
            ("%d", "r1"), ("%s", "r2"), ("%D", "w1"), ("%S", "w2"), ("%o", "+ 900"), ("%i", "901"), ("%u", "901"),
                ("%L", "902"),
            ("%j", "903"), ("%J", "904"),
        })
        {
            filled = filled.Replace(placeholder, value, StringComparison.Ordinal);
        }

        var tokens = LineScanner.Scan(filled, Words);
        var slots = tokens.Select(token => token switch
        {
            { Kind: TokenKind.Register, Text: "r1" } or { Kind: TokenKind.Half, Text: "w1" } => 'd',
            { Kind: TokenKind.Register, Text: "r2" } or { Kind: TokenKind.Half, Text: "w2" } => 's',
            { Kind: TokenKind.Offset } => 'o',
            { Kind: TokenKind.Number } when token.Value >= 900 => "oiLjJ"[(int)(token.Value - 900)],
            _ => ' ',
        }).ToArray();
        var form = new SyntaxForm(row, slots, tokens);
        Register(LineScanner.Shape(tokens), form);
        var label = Array.FindIndex(slots, slot => slot is 'j' or 'J');
        if (row.Op is Op.CallLocal or Op.LoadImm64)
        {
            label = Array.FindIndex(slots, slot => slot is 'i' or 'L');
            form = row.Op == Op.LoadImm64 ? form with { Row = OpcodeTable.Row(Op.LoadCode) } : form;
        }

        if (label >= 0)
        {
            var labelled = tokens.ToList();
            labelled[label] = new Token(TokenKind.Label, "");
            Register(LineScanner.Shape(labelled), form);
        }
    }

    private static void Register(string shape, SyntaxForm form)
    {
        if (!ByShape.TryGetValue(shape, out var forms))
        {
            ByShape[shape] = forms = [];
        }

        forms.Add(form);
    }
}

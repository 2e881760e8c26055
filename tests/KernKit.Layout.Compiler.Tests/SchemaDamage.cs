using System.Text;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Schemas as somebody in a hurry, or an enemy, would write them.</summary>
internal static class SchemaDamage
{
    private static readonly string[] Fragments =
    [
        "{", "}", ";", "(", ")", "[", "]", ",", ":", "=", "@", "?", ".", "\"", "`", "/*", "*/", "///", "//", "\n",
        "-", "<<", "struct ", "union ", "overlay ", "within ", "pad ", "rest", "case ", "default", "if ", "where ",
        "at ", "self", "it", "until end", "bitmap ", "bits ", "enum ", "flags ", "const ", "format ", "order le;",
        "param order O;", "u8 ", "u64 ", "le16 ", "char ", "0", "1", "255", "64K", "18446744073709551615",
        "170141183460469231731687303715884105727", "x\"00\"", "\"a\"", "sizeof(", "closed", "msb", "lsb", "bytes",
        "import \"test.layout\";", "\0", "\uffff", "\ud800", "é",
    ];

    /// <summary>A few edits: words inserted, removed, replaced, copied elsewhere.</summary>
    public static string Of(string seed, Random random)
    {
        var text = new StringBuilder(seed);
        int edits = random.Next(1, 6);
        for (int i = 0; i < edits; i++)
        {
            int at = random.Next(text.Length + 1);
            int length = Math.Min(random.Next(1, 12), text.Length - at);
            switch (random.Next(4))
            {
                case 0:
                    text.Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 1:
                    text.Remove(at, length);
                    break;
                case 2:
                    text.Insert(random.Next(text.Length + 1), text.ToString(at, length));
                    break;
                default:
                    text.Remove(at, length).Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
            }
        }

        return text.ToString();
    }
}

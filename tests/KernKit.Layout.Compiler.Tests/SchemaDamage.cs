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
        "import \"test.layout\";", "message m id 1 version 2 ", "check ", "check c(u8 v, bytes...) { default: ",
        "crc32c(self)", "crc32(self[.. ", "end(", "zeroing ", "^ ", "xxhash64(5)", "sha256_folded", "transform ",
        "transform x(bytes...) { default: ", "lz4", "xor(1)", "max ", "param abi A;", "param abi A = lp64, i386;",
        "abi ", "abi packed ", "abi fixed ", "int ", "long ", "ptr ", "time_t ", "int x : 3;", "size 8 | 16 ",
        "ref ", "ref r[8 bytes] at space(v) + ", "at self", "at file + ", "let ", "let v = ", "assert ",
        "extern function f(bytes b, u8 n) -> u16;", "f(", "since 2", "until 3", "str ", "sync ", "seqlock(",
        "sync atomic ", "sync lock inside ", "order be ", "be ", "le ", "offsetof(", "true", "false", "f32 ", "lef64 ",
        "u128 ", "alias a = ", "@c(", "@text(utf8)", "@name(", "16", "\0", "\uffff", "\ud800", "é",
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

using System.Numerics;

namespace KernKit.Layout.Compiler.Syntax;

/// <summary>The integer literals: C's, with <c>0b</c>, <c>0o</c>, <c>_</c> and <c>K M G T</c>.</summary>
internal static class NumberText
{
    /// <summary>Values of the language lie strictly between minus and plus this: 127 bits, what Int128 holds.</summary>
    public static readonly BigInteger Limit = BigInteger.One << 127;

    public static bool TryParse(string text, out BigInteger value)
    {
        value = BigInteger.Zero;
        (int radix, string digits) = text switch
        {
            ['0', 'x' or 'X', ..] => (16, text[2..]),
            ['0', 'b' or 'B', ..] => (2, text[2..]),
            ['0', 'o' or 'O', ..] => (8, text[2..]),
            _ => (10, text),
        };

        // "KMGT" are no hexadecimal digits, so the suffix is unambiguous in every radix.
        int shift = 0;
        if (digits.Length > 1)
        {
            shift = 10 * ("KMGT".IndexOf(digits[^1], StringComparison.Ordinal) + 1);
            digits = shift > 0 ? digits[..^1] : digits;
        }

        string plain = digits.Replace("_", "", StringComparison.Ordinal);
        if (plain.Length == 0 || digits[0] == '_' || digits[^1] == '_')
        {
            return false;
        }

        // 0644 would be octal in C and decimal to everybody else.
        if (radix == 10 && plain.Length > 1 && plain[0] == '0')
        {
            return false;
        }

        foreach (char c in plain)
        {
            int digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : 99;
            if (digit >= radix)
            {
                return false;
            }

            value = (value * radix) + digit;
        }

        value <<= shift;
        return value < Limit;
    }
}

using System.Globalization;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.C;

/// <summary>The loads and stores that accessors call; each has its own guard, so that headers can be
/// combined.</summary>
internal static class CSupportText
{
    public static void Emit(CodeWriter code, SortedSet<(int Bytes, bool IsBig)> used)
    {
        foreach ((int bytes, bool isBig) in used)
        {
            string suffix = Text($"{(isBig ? "be" : "le")}{bytes * 8}");
            string type = CNames.Integer(bytes, false);
            code.Line($"#ifndef LAYOUT_{suffix.ToUpperInvariant()}");
            code.Line($"#define LAYOUT_{suffix.ToUpperInvariant()}");
            code.Line($"static inline {type} layout_load_{suffix}(const unsigned char *at)");
            code.Line("{");
            // Shifts of less than an int would be done in int, and could reach its sign.
            string wide = bytes <= 4 ? "uint32_t" : "uint64_t";
            IEnumerable<string> parts = Enumerable.Range(0, bytes).Select(i => Shift(i, bytes, isBig, wide));
            code.Indent(() => code.Line($"return ({type})({string.Join(" | ", parts)});"));
            code.Line("}");
            code.Line($"static inline void layout_store_{suffix}(unsigned char *at, {type} value)");
            code.Line("{");
            code.Indent(() =>
            {
                for (int i = 0; i < bytes; i++)
                {
                    code.Line(Text($"at[{i}] = (unsigned char)(value >> {8 * (isBig ? bytes - 1 - i : i)});"));
                }
            });
            code.Line("}");
            code.Line("#endif");
        }
    }

    private static string Shift(int i, int bytes, bool isBig, string wide) =>
        Text($"({wide})at[{i}] << {8 * (isBig ? bytes - 1 - i : i)}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

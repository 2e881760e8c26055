using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes reads and writes of bit fields of C.</summary>
internal static class AbiBits
{
    public static string TypeOf(CBitField bit) => (bit.Bit.Width > 32, bit.Bit.IsSigned) switch
    {
        (true, true) => "long",
        (true, false) => "ulong",
        (false, true) => "int",
        _ => "uint",
    };

    /// <summary>The value, with its sign where the type has one.</summary>
    public static string Read(CBitField bit, string container, string type)
    {
        (int low, int width) = (bit.Bit.Low, bit.Bit.Width);
        int up = 64 - low - width;
        return bit.Bit.IsSigned
            ? Text($"unchecked(({type})((long)((ulong){container} << {up}) >> {64 - width}))")
            : Text($"({type})(((ulong){container} << {up}) >> {64 - width})");
    }

    /// <summary>The check that a value fits, and the change of its bits in the container.</summary>
    public static void Write(CodeWriter code, CBitField bit, string container, Func<string, string> store)
    {
        (int low, int width) = (bit.Bit.Low, bit.Bit.Width);
        BigInteger half = BigInteger.One << (width - 1);
        if (width is not (32 or 64))
        {
            code.Open(bit.Bit.IsSigned
                ? Text($"if (value < {-half} || value > {half - 1})")
                : Text($"if (value > {(half * 2) - 1})"));
            code.Line("return false;");
            code.Close();
            code.Blank();
        }

        ulong mask = (ulong)(((half * 2) - 1) << low);
        string type = CsTypes.Number(CsTypes.ScalarOf(bit.Container.Type));
        code.Line(Text($"ulong bits = {container};"));
        code.Line(Text($"bits = (bits & ~0x{mask:x}UL) | ((unchecked((ulong)value) << {low}) & 0x{mask:x}UL);"));
        code.Line(store($"unchecked(({type})bits)"));
        code.Line("return true;");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

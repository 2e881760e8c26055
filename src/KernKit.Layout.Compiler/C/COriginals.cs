using System.Globalization;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.C;

/// <summary>Writes C that holds structures against those of somebody else's headers.</summary>
internal static class COriginals
{
    public static void Emit(
        FileUnit root, IReadOnlyList<string> includes, SortedDictionary<string, string> outputs)
    {
        var code = new CodeWriter(wraps: false);
        code.Line("#include <stddef.h>");
        foreach (string include in includes)
        {
            code.Line($"#include {include}");
        }

        var plans = new Dictionary<StructType, CPlan>();
        foreach (Symbol symbol in root.Symbols.Values)
        {
            if (symbol.Type is StructType { COriginal.Length: > 0 } type)
            {
                Compare(code, type, CPlan.Of(type, plans));
            }
        }

        code.Line("extern int layout_compared;");
        outputs[Path.GetFileNameWithoutExtension(root.File.FileName) + ".originals.c"] = code.ToString();
    }

    private static void Compare(CodeWriter code, StructType type, CPlan plan)
    {
        string[] parts = type.COriginal.Split(',', StringSplitOptions.TrimEntries);
        string original = parts[0];
        string prefix = parts.Length > 1 ? parts[1] : "";
        if (type.Size is int size)
        {
            Assert(code, $"sizeof({original})", size, type.Name);
        }

        foreach (CMember member in plan.Members.Concat(plan.Flexible is null ? [] : [plan.Flexible]))
        {
            string name = member.Field.COriginal.Length > 0 ? member.Field.COriginal : prefix + member.Field.Name;
            if (name == "-")
            {
                continue;
            }

            string path = $"{type.Name}.{member.Field.Name}";
            Assert(code, $"offsetof({original}, {name})", member.Offset, path);
            if (member != plan.Flexible)
            {
                Assert(code, $"sizeof((({original} *)0)->{name})", member.Size, "size of " + path);
            }
        }
    }

    private static void Assert(CodeWriter code, string what, int value, string message) => code.Line(string.Create(
        CultureInfo.InvariantCulture, $"_Static_assert({what} == {value}, \"{message}\");"));
}

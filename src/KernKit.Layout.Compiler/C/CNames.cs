using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.C;

/// <summary>How things of a schema are called in C, and how C writes their values.</summary>
internal static class CNames
{
    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
        "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed",
        "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "bool",
        "true", "false", "asm", "typeof", "constexpr", "nullptr", "alignas", "alignof", "thread_local",
        "static_assert", "offsetof", "NULL", "linux", "unix", "i386", "errno", "stdin", "stdout", "stderr",
        // C++ may include the header too.
        "class", "namespace", "template", "this", "new", "delete", "operator", "private", "public", "protected",
        "virtual", "friend", "using", "export", "explicit", "mutable", "try", "catch", "throw", "typename",
    };

    /// <summary>The prefix of everything in a file: its namespace, with <c>_</c> for dots.</summary>
    public static string Prefix(FileUnit unit) =>
        unit.Namespace.Length == 0 ? "" : unit.Namespace.Replace('.', '_') + "_";

    /// <summary>The tag of a structure, and the stem of its functions.</summary>
    public static string Type(NamedType type) => Prefix(type.Unit) + type.Name;

    /// <summary>The stem of a declaration's macros.</summary>
    public static string Macro(FileUnit unit, string name) => (Prefix(unit) + name).ToUpperInvariant();

    /// <summary>The name of a member: as in the schema, with <c>_</c> behind a word that C keeps.</summary>
    public static string Member(string name) => Keywords.Contains(name) ? name + "_" : name;

    /// <summary>A number with the suffix that makes it of a type that holds it.</summary>
    public static string Literal(BigInteger value)
    {
        if (value < 0)
        {
            // The most negative numbers have no literal: C reads a minus sign and a number.
            return value > int.MinValue ? $"({value})"
                : value > long.MinValue ? $"(-INT64_C({-value}))"
                : "INT64_MIN";
        }

        string digits = value < 1024
            ? value.ToString(CultureInfo.InvariantCulture)
            : "0x" + value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
        return value <= int.MaxValue ? digits : value <= uint.MaxValue ? digits + "U" : $"UINT64_C({digits})";
    }

    /// <summary>The C integer that holds a number of bytes.</summary>
    public static string Integer(int bytes, bool isSigned)
    {
        int bits = bytes switch { 1 => 8, 2 => 16, 3 or 4 => 32, _ => 64 };
        return string.Create(CultureInfo.InvariantCulture, $"{(isSigned ? "" : "u")}int{bits}_t");
    }

    /// <summary>Text that stands in a comment: one line each, nothing that ends the comment.</summary>
    public static string[] Comment(string text) =>
    [
        .. text.Replace("*/", "* /", StringComparison.Ordinal).Replace("/*", "/ *", StringComparison.Ordinal)
            .ReplaceLineEndings("\n").Split('\n')
            .Select(static line => string.Concat(line.Select(static c =>
                char.IsControl(c) || c is '\u2028' or '\u2029' or '\\' ? ' ' : c)).TrimEnd()),
    ];
}

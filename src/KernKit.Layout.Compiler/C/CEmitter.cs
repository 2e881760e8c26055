using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.C;

/// <summary>Writes one C11 header for a schema.</summary>
/// <remarks>
/// The header stands alone: structures of other files that the schema uses are in it too, each with a guard of its
/// own, so that the headers of several schemas can be included together. It needs <c>stdint.h</c>, <c>stddef.h</c> and
/// <c>stdbool.h</c>, which compilers have even where there is no C library.
/// </remarks>
internal sealed class CEmitter
{
    private readonly Dictionary<StructType, CPlan> _plans = [];
    private readonly SortedSet<(int Bytes, bool IsBig)> _used = [];

    // By declaration: a type in the order that a member states is another type of the same declaration.
    private readonly HashSet<(FileUnit Unit, string Name)> _emitted = [];
    private readonly HashSet<string> _macros = new(StringComparer.Ordinal);
    private readonly CodeWriter _code = new(wraps: false);
    private readonly FileUnit _root;

    private CEmitter(FileUnit root) => _root = root;

    /// <summary>The header of the root schema and its file name.</summary>
    public static void Emit(FileUnit root, SortedDictionary<string, string> outputs)
    {
        string stem = Path.GetFileNameWithoutExtension(root.File.FileName);
        string folder = root.Namespace.Length == 0 ? "" : root.Namespace.Replace('.', '/') + "/";
        outputs[folder + stem + ".h"] = new CEmitter(root).Emit(stem);
    }

    /// <summary>A comment of several lines.</summary>
    public static void Comment(CodeWriter code, List<string> lines)
    {
        if (lines.Count == 1)
        {
            code.Line($"/* {lines[0]} */");
            return;
        }

        code.Line("/*");
        lines.ForEach(line => code.Line((" * " + line).TrimEnd()));
        code.Line(" */");
    }

    private string Emit(string stem)
    {
        EmitBody();
        string body = _code.ToString();
        var code = new CodeWriter(wraps: false);
        EmitHead(code);
        string guard = "LAYOUT_" + CNames.Macro(_root, Identifier(stem)) + "_H";
        code.Line($"#ifndef {guard}");
        code.Line($"#define {guard}");
        code.Line();
        code.Line("#include <stdbool.h>");
        code.Line("#include <stddef.h>");
        code.Line("#include <stdint.h>");
        code.Line();
        CSupportText.Emit(code, _used);
        code.Lines(body.TrimEnd('\n'));
        code.Line();
        code.Line($"#endif /* {guard} */");
        return code.ToString();
    }

    private void EmitHead(CodeWriter code)
    {
        FileSyntax syntax = _root.Syntax;
        var lines = new List<string>
        {
            $"Made from {CNames.Comment(_root.File.FileName)[0]}; change the schema, not this file.",
        };
        if (syntax.Source.Length > 0)
        {
            string license = syntax.License.Length > 0 ? $" ({syntax.License})" : "";
            lines.Add(CNames.Comment($"Facts from {syntax.Source}{license}.")[0]);
        }

        Comment(code, lines);
    }

    private void EmitBody()
    {
        EmitConstants();
        foreach (Symbol symbol in _root.Symbols.Values)
        {
            switch (symbol)
            {
                case { Type: NamedType type }:
                    Emit(type);
                    break;
                case { Format: FormatModel format }:
                    EmitFormat(format);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Emits a type after those that it is made of.</summary>
    private void Emit(NamedType type)
    {
        if (!_emitted.Add((type.Unit, type.Name)))
        {
            return;
        }

        switch (type)
        {
            case EnumType value:
                EmitEnum(value);
                break;
            case BitsType bits:
                EmitBits(bits, CNames.Type(bits));
                break;
            case StructType structure:
                EmitStruct(structure);
                break;
            default:
                break;
        }
    }

    private void EmitStruct(StructType type)
    {
        foreach (FieldModel field in type.Fields)
        {
            // Structures do not nest in themselves, and the binder bounds how deep they nest.
            if (field.Type is NamedType used && !type.InlineBits.Contains(used))
            {
                Emit(used);
            }
        }

        CPlan plan = CPlan.Of(type, _plans);
        string guard = $"LAYOUT_STRUCT_{CNames.Macro(type.Unit, type.Name)}";
        _code.Line();
        _code.Line($"#ifndef {guard}");
        _code.Line($"#define {guard}");
        new CStructEmitter(_code, plan).Emit();
        foreach (BitsType bits in type.InlineBits)
        {
            CAccessorEmitter.EmitBits(_code, bits, $"{CNames.Type(type)}_{bits.Name}");
        }

        new CAccessorEmitter(_code, plan, _used).Emit();
        _code.Line("#endif");
    }

    private void EmitBits(BitsType type, string name)
    {
        string guard = $"LAYOUT_BITS_{CNames.Macro(type.Unit, type.Name)}";
        _code.Line();
        _code.Line($"#ifndef {guard}");
        _code.Line($"#define {guard}");
        var lines = new List<string>(CNames.Comment(type.Doc).Where(static line => line.Length > 0))
        {
            string.Create(
                CultureInfo.InvariantCulture, $"Bits of a {CNames.Integer(type.Scalar.Bytes, false)}:"),
        };
        lines.AddRange(type.Fields.Select(static field => string.Create(
            CultureInfo.InvariantCulture,
            $"  {field.Low}..{field.Low + field.Width - 1} {field.Name} {CNames.Comment(field.Doc)[0]}").TrimEnd()));
        Comment(_code, lines);
        CAccessorEmitter.EmitBits(_code, type, name);
        _code.Line("#endif");
    }

    private void EmitConstants()
    {
        foreach (Symbol symbol in _root.Symbols.Values)
        {
            if (symbol.Constant is ConstantModel constant)
            {
                Define(CNames.Macro(_root, constant.Name), constant.Value, constant.Doc);
            }
        }
    }

    private void EmitEnum(EnumType type)
    {
        _code.Line();
        var lines = new List<string>(CNames.Comment(type.Doc).Where(static line => line.Length > 0));
        string kind = type.IsFlags ? "flags" : "values";
        string open = type.IsClosed ? "no others" : "others may occur";
        lines.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{type.Name}: {kind} of {type.Bits} bits{(type.IsSigned ? ", signed" : "")}; {open}."));
        Comment(_code, lines);
        foreach (EnumMember member in type.Members)
        {
            Define(CNames.Macro(type.Unit, $"{type.Name}_{member.Name}"), member.Value, member.Doc);
        }
    }

    private void Define(string name, BigInteger value, string doc)
    {
        // `a_b` of enum `c` and `b` of enum `c_a` may meet.
        while (!_macros.Add(name))
        {
            name += "_";
        }

        string comment = doc.Length == 0 ? "" : $" /* {string.Join(' ', CNames.Comment(doc))} */";
        _code.Line($"#define {name} {CNames.Literal(value)}{comment}");
    }

    private void EmitFormat(FormatModel format)
    {
        string name = CNames.Macro(_root, format.Name);
        string offsets = string.Join(", ", format.Offsets.Select(CNames.Literal));
        _code.Line();
        Comment(
            _code,
            [
                .. CNames.Comment(format.Doc).Where(static line => line.Length > 0),
                $"Where struct {CNames.Type(format.Structure)} is looked for, in this order.",
            ]);
        _code.Line($"#define {name}_PROBE_OFFSETS {offsets}");
    }

    private static string Identifier(string text) =>
        string.Concat(text.Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}

using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes one file for each declaration of the root schema.</summary>
/// <remarks>
/// The text depends on the schemas and the options alone: no path, no time, no culture, and the order of declaration
/// only inside one file.
/// </remarks>
internal static class CSharpEmitter
{
    public static void Emit(FileUnit root, CompileOptions options, SortedDictionary<string, string> outputs)
    {
        foreach (Symbol symbol in root.Symbols.Values)
        {
            switch (symbol)
            {
                case { Type: StructType type }:
                    outputs[FileName(root, type.CsName)] = EmitStruct(root, type, options);
                    if (options.Objects && WriterPlan.CanWrite(type))
                    {
                        outputs[FileName(root, type.WriterName)] = WithHeader(root, options, [], code =>
                        {
                            new WriterEmitter(code, type, options).Emit();
                            new ObjectEmitter(code, type, options).Emit();
                        });
                    }

                    break;
                case { Type: EnumType type }:
                    outputs[FileName(root, type.CsName)] = WithHeader(root, options, [], code =>
                        new ValueEmitter(code, options).Emit(type));
                    break;
                case { Type: BitsType type }:
                    outputs[FileName(root, type.CsName)] = WithHeader(root, options, [], code =>
                        new ValueEmitter(code, options).Emit(type));
                    break;
                case { Type: AbiStructType type } when AbiEmitter.CanEmit(type):
                    outputs[FileName(root, type.CsName)] = WithHeader(root, options, [], code =>
                        new AbiEmitter(code, type, options).Emit());
                    outputs[FileName(root, type.CsName + ".Abi")] = WithHeader(
                        root,
                        options,
                        [],
                        code => new AbiEmitter(code, type, options).EmitLayouts(),
                        Namespace(root, options),
                        options.Namespace);
                    break;
                case { Message: MessageModel message }:
                    outputs[FileName(root, message.CsName)] = WithHeader(root, options, [], code =>
                        new MessageEmitter(code, message, options).Emit());
                    break;
                case { Format: FormatModel format }:
                    outputs[FileName(root, format.CsName)] = EmitFormat(root, format, options);
                    break;
                default:
                    break;
            }
        }

        EmitConstants(root, options, outputs);
        EmitFunctions(root, options, outputs);
    }

    private static void EmitFunctions(FileUnit root, CompileOptions options, SortedDictionary<string, string> outputs)
    {
        FunctionModel[] functions =
        [
            .. root.Symbols.Values.Select(static symbol => symbol.Function).OfType<FunctionModel>(),
        ];
        if (functions.Length > 0)
        {
            string name = CsTypes.FunctionsName(root);
            string stem = Path.GetFileNameWithoutExtension(root.File.FileName);
            outputs[FileName(root, $"{name}.{stem}")] = WithHeader(root, options, [], code =>
                new ValueEmitter(code, options).Emit(name, root, functions));
        }
    }

    private static string FileName(FileUnit root, string csName) =>
        (root.CsNamespace.Length == 0 ? "" : root.CsNamespace + "/") + csName + ".g.cs";

    private static string EmitStruct(FileUnit root, StructType type, CompileOptions options)
    {
        var map = new List<string> { $"struct {type.Name}: {StructMap.Length(type)}", "" };
        map.AddRange(StructMap.Of(type));
        return WithHeader(root, options, map, code =>
        {
            new ViewEmitter(code, type, options).Emit();
            new EditEmitter(code, type, options).Emit();
            new SequenceEmitter(code, type, options).Emit();
            new StreamEmitter(code, type, options).Emit();
            new SyncEmitter(code, type, options).Emit();
            foreach (BitsType bits in type.InlineBits)
            {
                code.Blank();
                new ValueEmitter(code, options).Emit(bits);
            }
        });
    }

    private static string EmitFormat(FileUnit root, FormatModel format, CompileOptions options)
    {
        FileUnit owner = format.Structure.Unit;
        string? import = owner.CsNamespace == root.CsNamespace ? null : Namespace(owner, options);
        return WithHeader(root, options, [], code => new FormatEmitter(code, options).Emit(format), import);
    }

    private static void EmitConstants(FileUnit root, CompileOptions options, SortedDictionary<string, string> outputs)
    {
        ConstantModel[] constants =
        [
            .. root.Symbols.Values.Select(static symbol => symbol.Constant).OfType<ConstantModel>(),
        ];
        if (constants.Length == 0)
        {
            return;
        }

        string last = root.Namespace[(root.Namespace.LastIndexOf('.') + 1)..];
        string className = (last.Length == 0 ? "" : Names.Pascal(last)) + "Constants";
        string stem = Path.GetFileNameWithoutExtension(root.File.FileName);
        string doc = root.Namespace.Length == 0 ? "Constants of the format." : $"Constants of {root.Namespace}.";
        outputs[FileName(root, $"{className}.{stem}")] = WithHeader(root, options, [], code =>
            new ValueEmitter(code, options).Emit(className, doc, constants));
    }

    private static string Namespace(FileUnit unit, CompileOptions options) =>
        options.Namespace + (unit.CsNamespace.Length > 0 ? "." + unit.CsNamespace : "");

    private static string WithHeader(
        FileUnit root,
        CompileOptions options,
        List<string> map,
        Action<CodeWriter> emit,
        string? import = null,
        string? inside = null)
    {
        var code = new CodeWriter();
        code.Line("// <auto-generated>");
        code.Line($"// Made from {Plain(root.File.FileName)}; change the schema, not this file.");
        FileSyntax syntax = root.Syntax;
        if (syntax.Source.Length > 0)
        {
            string license = syntax.License.Length > 0 ? $" ({Plain(syntax.License)})" : "";
            code.Line($"// Facts from {Plain(syntax.Source)}{license}.");
        }

        if (map.Count > 0)
        {
            code.Line("//");
            foreach (string line in map)
            {
                code.Line(line.Length == 0 ? "//" : "//   " + Plain(line));
            }
        }

        code.Line("// </auto-generated>");
        code.Line("#nullable enable");
        code.Line("#pragma warning disable CS0675 // sign extension before `|` is meant: expressions are mathematical");
        code.Line();
        code.Line("using System;");
        code.Line("using System.Runtime.CompilerServices;");
        code.Line("using System.Runtime.InteropServices;");
        code.Line("using KernKit.Layout;");
        if (import is not null)
        {
            code.Line($"using {import};");
        }

        code.Line();
        code.Line($"namespace {inside ?? Namespace(root, options)};");
        code.Line();
        emit(code);
        return code.ToString();
    }

    /// <summary>One line of printable text.</summary>
    private static string Plain(string text) =>
        string.Concat(text.Select(static c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u0085' ? ' ' : c));
}

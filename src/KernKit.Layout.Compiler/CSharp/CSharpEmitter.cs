using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes one file for each declaration of the root schema.</summary>
/// <remarks>
/// The text depends on the schemas and the options alone: no time, no culture, no path but those of
/// <see cref="CompileOptions.LinePath"/>, and the order of declaration only inside one file.
/// </remarks>
internal static class CSharpEmitter
{
    public static void Emit(FileUnit root, CompileOptions options, SortedDictionary<string, string> outputs)
    {
        foreach (Symbol symbol in root.Symbols.Values)
        {
            void Add(string csName, Action<CodeWriter> emit, string? import = null, string? inside = null)
            {
                string name = FileName(root, csName);
                var code = new CodeWriter(LinePath(options, name), symbol.Syntax.Name.Place);
                WriteHeader(code, root, symbol.Type is StructType known && known.CsName == csName ? MapOf(known) : []);
                WriteUsings(code, inside ?? Namespace(root, options), import);
                emit(code);
                outputs[name] = code.ToString();
            }

            switch (symbol)
            {
                case { Type: StructType type }:
                    Add(type.CsName, code => EmitStruct(code, type, options));
                    if (options.Objects && WriterPlan.CanWrite(type))
                    {
                        Add(type.WriterName, code =>
                        {
                            new WriterEmitter(code, type, options).Emit();
                            new ObjectEmitter(code, type, options).Emit();
                        });
                    }

                    break;
                case { Type: EnumType type }:
                    Add(type.CsName, code => new ValueEmitter(code, options).Emit(type));
                    break;
                case { Type: BitsType type }:
                    Add(type.CsName, code => new ValueEmitter(code, options).Emit(type));
                    break;
                case { Type: AbiStructType type }:
                    Add(type.CsName, code => new AbiEmitter(code, type, options).Emit());
                    Add(
                        type.CsName + ".Abi",
                        code => new AbiEmitter(code, type, options).EmitLayouts(),
                        Namespace(root, options),
                        options.Namespace);
                    break;
                case { Message: MessageModel message }:
                    Add(message.CsName, code => new MessageEmitter(code, message, options).Emit());
                    break;
                case { Format: FormatModel format }:
                    Add(
                        format.CsName,
                        code => new FormatEmitter(code, options).Emit(format),
                        ImportOf(root, format, options));
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
            EmitShared(root, name, options, outputs, code =>
                new ValueEmitter(code, options).Emit(name, root, functions));
        }
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
        string doc = root.Namespace.Length == 0 ? "Constants of the format." : $"Constants of {root.Namespace}.";
        EmitShared(root, className, options, outputs, code =>
            new ValueEmitter(code, options).Emit(className, doc, constants));
    }

    /// <summary>A part of a class that all schemas of a namespace share: its head belongs to none of them.</summary>
    private static void EmitShared(
        FileUnit root,
        string className,
        CompileOptions options,
        SortedDictionary<string, string> outputs,
        Action<CodeWriter> emit)
    {
        var code = new CodeWriter();
        WriteHeader(code, root, []);
        WriteUsings(code, Namespace(root, options), null);
        emit(code);
        string stem = Path.GetFileNameWithoutExtension(root.File.FileName);
        outputs[FileName(root, $"{className}.{stem}")] = code.ToString();
    }

    private static string FileName(FileUnit root, string csName) =>
        (root.CsNamespace.Length == 0 ? "" : root.CsNamespace + "/") + csName + ".g.cs";

    private static Func<string, string>? LinePath(CompileOptions options, string output) =>
        options.LinePath is { } path ? schema => path(output, schema) : null;

    private static void EmitStruct(CodeWriter code, StructType type, CompileOptions options)
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
    }

    private static List<string> MapOf(StructType type) =>
        [$"struct {type.Name}: {StructMap.Length(type)}", "", .. StructMap.Of(type)];

    private static string? ImportOf(FileUnit root, FormatModel format, CompileOptions options)
    {
        FileUnit owner = format.Structure.Unit;
        return owner.CsNamespace == root.CsNamespace ? null : Namespace(owner, options);
    }

    private static string Namespace(FileUnit unit, CompileOptions options) =>
        options.Namespace + (unit.CsNamespace.Length > 0 ? "." + unit.CsNamespace : "");

    private static void WriteHeader(CodeWriter code, FileUnit root, List<string> map)
    {
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
    }

    private static void WriteUsings(CodeWriter code, string inside, string? import)
    {
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
        code.Line($"namespace {inside};");
        code.Line();
    }

    /// <summary>One line of printable text.</summary>
    private static string Plain(string text) =>
        string.Concat(text.Select(static c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u0085' ? ' ' : c));
}

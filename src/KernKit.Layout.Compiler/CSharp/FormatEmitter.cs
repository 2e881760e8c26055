using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes the detection of a format: where to look, what to accept, in which byte order it is.</summary>
internal sealed class FormatEmitter(CodeWriter code, CompileOptions options)
{
    public void Emit(FormatModel format)
    {
        StructType structure = format.Structure;
        var types = new CsTypes(options, structure.Unit, structure);
        string visibility = options.Visibility == LayoutVisibility.Public ? "public" : "internal";
        code.Doc("summary", ViewEmitter.Sentence(format.Doc.Length > 0 ? format.Doc : $"How to recognise "
            + $"{format.Name}."));
        code.Open($"{visibility} static class {format.CsName}");
        code.Doc("summary", "Bytes from the start of the volume at which to look, in this order.");
        code.Line($"public static ReadOnlySpan<long> ProbeOffsets => [{string.Join(", ", format.Offsets)}];");
        code.Blank();
        code.Doc("summary", "Bytes to read at each offset.");
        code.Line($"public const int ProbeSize = {structure.Size ?? structure.MinSize};");
        code.Blank();
        code.Doc("summary", "Looks at the bytes of one offset.");
        code.Line("/// <param name=\"candidate\">What was read there; less than ProbeSize is refused.</param>");
        code.Line("/// <param name=\"order\">The byte order of the volume.</param>");
        code.Line("/// <returns>True if the bytes are of this format.</returns>");
        code.Open("public static bool TryAccept(ReadOnlySpan<byte> candidate, out ByteOrder order)");
        foreach (bool isLittleEndian in format.TryLittleEndian)
        {
            string order = isLittleEndian ? "LittleEndian" : "BigEndian";
            string argument = structure.HasOrderParameter ? $"<{order}>" : "";
            code.Open($"if (Accepts{argument}(candidate))");
            code.Line($"order = ByteOrder.{order};");
            code.Line("return true;");
            code.Close();
            code.Blank();
        }

        code.Line("order = default;");
        code.Line("return false;");
        code.Close();
        code.Blank();
        var expressions = new ExpressionEmitter(types, "view.");
        code.Line($"private static bool Accepts{CsTypes.TypeParameter(structure)}(ReadOnlySpan<byte> candidate)"
            + CsTypes.Constraint(structure) + " =>");
        code.Line($"    {types.View(structure)}.TryOpen(candidate, out {types.View(structure)} view)");
        code.Line($"    && {expressions.DefinedCondition(format.Accept!)};");
        code.Close();
    }
}

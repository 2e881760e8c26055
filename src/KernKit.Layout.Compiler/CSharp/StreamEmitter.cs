using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes the reader of records that arrive in pieces.</summary>
/// <remarks>
/// A record is read whole or not at all, so that nobody has to remember where in a field he was. One that lies in one
/// segment is viewed where it is; one that straddles segments is copied to memory of the caller, which bounds it.
/// </remarks>
internal sealed class StreamEmitter(CodeWriter code, StructType type, CompileOptions options)
{
    private readonly CsTypes _types = new(options, type.Unit, type);

    /// <summary>True if the end of a record is known without the end of the data.</summary>
    private static bool IsSelfDelimiting(StructType type) =>
        type is { HasOutOfLine: false, MinSize: > 0 }
        && WriterPlan.Flat(type.Steps).All(static step => step is not RestStep { Limit: < 0 }
            && (step is not NestedStep nested || IsSelfDelimiting((StructType)nested.Field.Type))
            && (step is not UntilStep until || IsSelfDelimiting((StructType)until.Field.Type)));

    public void Emit()
    {
        if (!IsSelfDelimiting(type))
        {
            return;
        }

        string visibility = options.Visibility == LayoutVisibility.Public ? "public" : "internal";
        string view = _types.View(type);
        string generic = CsTypes.TypeParameter(type);
        string parameters = _types.ParameterList(type);
        string arguments = CsTypes.ArgumentList(type);
        string length = type.IsCompact ? $"{view}.Size" : "view.Length";
        code.Blank();
        code.Doc("summary", $"Reads structures {type.Name} from data that arrives in pieces.");
        code.Open($"{visibility} static class {type.StreamName}");
        code.Doc("summary", "Takes the next record off a buffer, whole or not at all.");
        code.Line("/// <param name=\"buffer\">What has arrived; what is left of it afterwards.</param>");
        code.Line("/// <param name=\"scratch\">Memory for the longest record that may straddle segments.</param>");
        foreach (ParameterModel parameter in type.Parameters)
        {
            code.Line($"/// <param name=\"{parameter.CsName}\">The parameter {parameter.Name}.</param>");
        }

        code.Line("/// <param name=\"view\">The record, valid as long as buffer and scratch are.</param>");
        code.Line("/// <param name=\"missing\">Bytes needed at least, if more are.</param>");
        if (type.HasOrderParameter)
        {
            code.Line("/// <typeparam name=\"TOrder\">The byte order of the data.</typeparam>");
        }

        code.Line("/// <returns>What came of it.</returns>");
        code.Line($"public static LayoutReadStatus TryRead{generic}(");
        code.Line($"    ref System.Buffers.ReadOnlySequence<byte> buffer, Span<byte> scratch{parameters},");
        code.Open($"    out {view} view, out int missing){CsTypes.Constraint(type)}");
        code.Open($"if ({view}.Probe(buffer.FirstSpan{arguments}, out view, out missing))");
        code.Line($"buffer = buffer.Slice({length});");
        code.Line("return LayoutReadStatus.Read;");
        code.Close();
        code.Blank();
        code.Open("if (missing == 0 || buffer.IsSingleSegment)");
        code.Line("return missing == 0 ? LayoutReadStatus.Invalid : LayoutReadStatus.NeedMore;");
        code.Close();
        code.Blank();
        code.Line("int held = (int)Math.Min(buffer.Length, scratch.Length);");
        code.Line("System.Buffers.BuffersExtensions.CopyTo(buffer.Slice(0, held), scratch);");
        code.Open($"if ({view}.Probe(scratch[..held]{arguments}, out view, out missing))");
        code.Line($"buffer = buffer.Slice({length});");
        code.Line("return LayoutReadStatus.Read;");
        code.Close();
        code.Blank();
        code.Line("return missing == 0 ? LayoutReadStatus.Invalid");
        code.Line("    : missing > scratch.Length - held ? LayoutReadStatus.TooLarge");
        code.Line("    : LayoutReadStatus.NeedMore;");
        code.Close();
        code.Close();
    }
}

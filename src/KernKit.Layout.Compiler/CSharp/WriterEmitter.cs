using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes the writer of a structure: values in, a record out, lengths and checks computed.</summary>
/// <remarks>
/// <para>The record is put together from its start to its end, part by part, as opening it would go. Every gap begins
/// with the bytes that it had in the original, if there is one, so what nobody sets stays as it was. Lengths of
/// <c>within</c> are patched once their end is known.</para>
/// <para>At the end the record is opened as a view: whatever the caller set that does not agree is found there, and
/// nothing leaves that could not be read. Checks are computed only if the record is not the original.</para>
/// </remarks>
internal sealed partial class WriterEmitter
{
    private static readonly FieldSite Site = new("start", "builder", "", true, true);

    private readonly CodeWriter _code;
    private readonly StructType _type;
    private readonly CompileOptions _options;
    private readonly CsTypes _types;
    private readonly ExpressionEmitter _expressions;
    private readonly FieldCode _fields;
    private readonly WriterPlan _plan;

    public WriterEmitter(CodeWriter code, StructType type, CompileOptions options)
    {
        _code = code;
        _type = type;
        _options = options;
        _types = new CsTypes(options, type.Unit, type);
        _expressions = new ExpressionEmitter(_types, "") { Local = LocalOf };
        _fields = new FieldCode(type, _types, Site, _expressions);
        _expressions.LocalPresence = _fields.Present;
        _plan = new WriterPlan(type);
    }

    private string View => _types.View(_type);

    private string Writer => _type.WriterName + CsTypes.TypeParameter(_type);

    public void Emit()
    {
        string visibility = _options.Visibility == LayoutVisibility.Public ? "public" : "internal";
        _code.Doc("summary", $"Writes a structure {_type.Name}: lengths, counts and checks are computed.");
        _code.Line("/// <remarks>Parts that are structures are given as bytes that their own writers made.</remarks>");
        if (_type.HasOrderParameter)
        {
            _code.Line("/// <typeparam name=\"TOrder\">The byte order of the record.</typeparam>");
        }

        _code.Open($"{visibility} ref struct {Writer}{CsTypes.Constraint(_type)}");
        EmitStart();
        foreach (FieldModel field in _type.Fields)
        {
            _code.Blank();
            ViewEmitter.EmitFieldDoc(_code, field);
            EmitProperty(field);
        }

        EmitFrom();
        EmitWriteTo();
        EmitArrays();
        _code.Close();
    }

    private static string LocalOf(FieldModel field) =>
        field.Shape == FieldShape.Structure ? $"_view{field.Index}" : field.CsName;

    private string Name(FieldModel field) => CodeWriter.Quote($"{_type.Name}.{field.Name}");

    private void EmitStart()
    {
        foreach (ParameterModel parameter in _type.Parameters)
        {
            _code.Line($"private readonly {_types.Parameter(parameter)} {ExpressionEmitter.Remembered(parameter)};");
        }

        _code.Blank();
        _code.Doc("summary", "Starts with zeros, and with the values that the schema fixes.");
        _code.Open($"public {_type.WriterName}({_types.ParameterList(_type).TrimStart(',', ' ')})");
        foreach (ParameterModel parameter in _type.Parameters)
        {
            _code.Line($"{ExpressionEmitter.Remembered(parameter)} = {parameter.CsName};");
        }

        foreach (FieldModel field in _type.Fields.Where(static field => field.Equal is not null))
        {
            string value = field.Equal is BoundConstant constant
                ? Literals.Typed(field.Type, _types.Scalar(field.Type), constant.Value)
                : Literals.Bytes(((BoundBytes)field.Equal!).Value);
            _code.Line($"{field.CsName} = {value};");
        }

        _code.Close();
        _code.Blank();
        _code.Doc("summary", "The record as it was, or nothing: gaps and whatever is not set keep its bytes.");
        _code.Line("public ReadOnlySpan<byte> Original { get; set; }");
    }

    private void EmitProperty(FieldModel field)
    {
        string type = field.Shape == FieldShape.Scalar ? _types.Scalar(field.Type) : "ReadOnlySpan<byte>";
        if (field is { Shape: FieldShape.Array, OutOfLineAt: null })
        {
            EmitArrayProperty(field);
        }
        else if (_plan.ByData.TryGetValue(field, out (FieldModel Data, ExtentStep Step) count))
        {
            string length = $"(long){CountOf(count.Data)}";
            _code.Line($"public readonly {type} {field.CsName} => {Fitted(field, count.Step.Count, length)};");
        }
        else if (_plan.IsComputed(field))
        {
            _code.Line($"public {type} {field.CsName} {{ get; private set; }}");
        }
        else if (!_plan.IsOverlaid(field))
        {
            _code.Line($"public {type} {field.CsName} {{ get; set; }}");
        }
        else
        {
            EmitFlagged(field, type, field.CsName, "_value");
            _code.Blank();
            _code.Line($"private bool _isSet{field.Index};");
        }

        if (field is { Shape: FieldShape.Structure, Type: StructType nested })
        {
            string view = _types.View(nested);
            _code.Blank();
            _code.Line($"private readonly {view} _view{field.Index} => new {view}({field.CsName}{Arguments(field)});");
        }
    }

    private void EmitArrayProperty(FieldModel field)
    {
        string element = CsTypes.Number(CsTypes.ScalarOf(field.Type));
        bool isOverlaid = _plan.IsOverlaid(field);
        const string about = "The same as bytes of the record, which win if there are any.";
        if (isOverlaid)
        {
            EmitFlagged(field, $"ReadOnlySpan<{element}>", field.CsName, "_value");
            _code.Blank();
            _code.Doc("summary", about);
            EmitFlagged(field, "ReadOnlySpan<byte>", field.CsName + "Bytes", "_bytes");
            _code.Blank();
            _code.Line($"private bool _isSet{field.Index};");
            return;
        }

        _code.Line($"public ReadOnlySpan<{element}> {field.CsName} {{ get; set; }}");
        _code.Blank();
        _code.Doc("summary", about);
        _code.Line($"public ReadOnlySpan<byte> {field.CsName}Bytes {{ get; set; }}");
    }

    /// <summary>A property that remembers whether it was set: another reading of its bytes may have been.</summary>
    private void EmitFlagged(FieldModel field, string type, string name, string store)
    {
        _code.Open($"public {type} {name}");
        _code.Line($"readonly get => {store}{field.Index};");
        _code.Open("set");
        _code.Line($"{store}{field.Index} = value;");
        _code.Line($"_isSet{field.Index} = true;");
        _code.Close();
        _code.Close();
        _code.Blank();
        _code.Line($"private {type} {store}{field.Index};");
    }

    /// <summary>The arguments of a nested structure where no local of a parameter is: the remembered ones.</summary>
    private string Arguments(FieldModel field)
    {
        var nested = (StructType)field.Type;
        var own = new ExpressionEmitter(_types, "");
        return string.Concat(nested.Parameters.Zip(field.Arguments, (parameter, argument) => parameter.IsBoolean
            ? ", " + own.Condition(argument)
            : $", ({_types.Parameter(parameter)}){own.Number(argument)}"));
    }

    /// <summary>Elements that a property holds.</summary>
    private static string CountOf(FieldModel field)
    {
        int unit = FieldCode.UnitOf(field);
        string name = field.CsName;
        return field.Shape switch
        {
            FieldShape.Array => $"({name}Bytes.IsEmpty ? {name}.Length : {name}Bytes.Length / {unit})",
            FieldShape.StructureArray => $"({name}.Length / {unit})",
            _ => $"{name}.Length",
        };
    }

    private string Fitted(FieldModel field, BoundExpression expression, string length)
    {
        var scalar = (ScalarType)field.Type;
        BigInteger max = BigInteger.Min(scalar.Max, long.MaxValue);
        string value = WriterPlan.Invert(expression, length, Name(field));
        string range = $"{Literals.Of(scalar.Min, Carrier.Long)}, {Literals.Of(max, Carrier.Long)}";
        return $"({CsTypes.Number(scalar)})LayoutBuilder.Fit({value}, {range}, {Name(field)})";
    }

    private void EmitFrom()
    {
        string stored = string.Join(", ", _type.Parameters.Select(static parameter =>
            "view." + ExpressionEmitter.Remembered(parameter)));
        _code.Blank();
        _code.Doc("summary", "A writer that would write the same record again; the view's bytes must outlive it.");
        _code.Open($"public static {Writer} From({View} view)");
        _code.Line($"var writer = new {Writer}({stored});");
        _code.Line("writer.Original = view.Bytes;");
        foreach (FieldModel field in _type.Fields)
        {
            bool isKept = field.OutOfLineAt is not null || _plan.ByData.ContainsKey(field)
                || (_plan.IsOverlaid(field) && field.Shape != FieldShape.Scalar);
            if (isKept)
            {
                continue;
            }

            string guard = field.IsConditional ? $"if (view.Has{field.CsName}) " : "";
            string from = $"view.{field.CsName}";
            string assign = field.Shape switch
            {
                FieldShape.Scalar when _plan.IsOverlaid(field) => $"_value{field.Index} = {from}",
                FieldShape.Scalar or FieldShape.Bytes => $"{field.CsName} = {from}",
                FieldShape.Array => $"{field.CsName}Bytes = {from}.Bytes",
                _ => $"{field.CsName} = {from}.Bytes",
            };
            _code.Line($"{guard}writer.{assign};");
        }

        _code.Line("return writer;");
        _code.Close();
    }

    /// <summary>Arrays are stored element by element unless their bytes are given.</summary>
    private void EmitArrays()
    {
        foreach (FieldModel field in _type.Fields)
        {
            if (field is not { Shape: FieldShape.Array, OutOfLineAt: null })
            {
                continue;
            }

            ScalarType scalar = CsTypes.ScalarOf(field.Type);
            _code.Blank();
            _code.Open($"private readonly int Put{field.Index}(LayoutBuilder builder, int at)");
            _code.Open($"if (!{field.CsName}Bytes.IsEmpty)");
            _code.Line($"return builder.Put(at, {field.CsName}Bytes);");
            _code.Close();
            _code.Blank();
            _code.Open($"foreach ({CsTypes.Number(scalar)} item in {field.CsName})");
            _code.Line(scalar.Bytes == 1
                ? "builder.At(at, 1) = unchecked((byte)item);"
                : $"{_types.OrderOf(scalar.Order)}.Write{CsTypes.Suffix(scalar)}(ref builder.At(at, {scalar.Bytes}), "
                    + "item);");
            _code.Line($"at += {scalar.Bytes};");
            _code.Close();
            _code.Blank();
            _code.Line("return at;");
            _code.Close();
        }
    }
}

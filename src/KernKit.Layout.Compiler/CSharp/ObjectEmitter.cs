using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes the plain object of a structure: a class whose values outlive the bytes.</summary>
/// <remarks>
/// It keeps the bytes that it was made from, so that gaps, unknown parts and forms that nobody would write today come
/// out again as they were. Arrays stay arrays, nested structures are objects, what may be absent is null.
/// </remarks>
internal sealed class ObjectEmitter(CodeWriter code, StructType type, CompileOptions options)
{
    private readonly CsTypes _types = new(options, type.Unit, type);
    private readonly WriterPlan _plan = new(type);

    private string Generic => CsTypes.TypeParameter(type);

    private string Constraint => CsTypes.Constraint(type);

    public void Emit()
    {
        string visibility = options.Visibility == LayoutVisibility.Public ? "public" : "internal";
        string about = type.Doc.Length > 0 ? type.Doc : $"The structure {type.Name} as an object";
        code.Blank();
        code.Doc("summary", ViewEmitter.Sentence(about));
        code.Line("/// <remarks>Holds copies; one thread at a time.</remarks>");
        code.Open($"{visibility} sealed class {type.ObjectName}");
        foreach (ParameterModel parameter in type.Parameters)
        {
            code.Blank();
            code.Doc("summary", $"The parameter {parameter.Name}.");
            code.Line($"public {_types.Parameter(parameter)} {NameOf(parameter)} {{ get; set; }}");
        }

        foreach (FieldModel field in type.Fields.Where(IsHeld))
        {
            code.Blank();
            ViewEmitter.EmitFieldDoc(code, field);
            string initial = field.IsConditional || field.Shape == FieldShape.Scalar ? ""
                : field.Shape == FieldShape.Structure ? " = new();"
                : " = [];";
            code.Line($"public {TypeOf(field)} {field.CsName} {{ get; set; }}{initial}");
        }

        code.Blank();
        code.Doc("summary", "The bytes that the object was made from; empty if it is new.");
        code.Line("public byte[] Original { get; set; } = [];");
        EmitFrom();
        EmitWrite();
        foreach (FieldModel field in type.Fields.Where(field =>
            IsHeld(field) && field.Shape == FieldShape.Array && _plan.IsOverlaid(field)))
        {
            EmitSame(field);
        }

        code.Close();
    }

    /// <summary>Parts at stored offsets stay in the original bytes.</summary>
    private static bool IsHeld(FieldModel field) => field.OutOfLineAt is null;

    private string NameOf(ParameterModel parameter)
    {
        string name = char.ToUpperInvariant(parameter.CsName[0]) + parameter.CsName[1..];
        return type.Fields.Exists(field => field.CsName == name) || name == type.ObjectName ? name + "Parameter" : name;
    }

    private string TypeOf(FieldModel field)
    {
        string mark = field.IsConditional ? "?" : "";
        return field.Shape switch
        {
            FieldShape.Scalar => _types.Scalar(field.Type) + mark,
            FieldShape.Array => CsTypes.Number(CsTypes.ScalarOf(field.Type)) + "[]" + mark,
            FieldShape.Bytes or FieldShape.Bitmap => "byte[]" + mark,
            FieldShape.Structure => ObjectOf(field) + mark,
            _ => $"System.Collections.Generic.List<{ObjectOf(field)}>{mark}",
        };
    }

    private string ObjectOf(FieldModel field)
    {
        var nested = (StructType)field.Type;
        return _types.Name(nested, nested.ObjectName);
    }

    private void EmitFrom()
    {
        code.Blank();
        code.Doc("summary", "Copies everything out of a view.");
        code.Line("/// <exception cref=\"LayoutException\">A record inside is invalid.</exception>");
        string depth = type.IsRecursive ? ", int depth = 0" : "";
        code.Open($"public static {type.ObjectName} From{Generic}({_types.View(type)} view{depth}){Constraint}");
        if (type.IsRecursive)
        {
            string text = $"{type.Name} nests deeper than {StructType.DepthMax} structures; read it through views";
            code.Open($"if (depth >= {StructType.DepthMax})");
            code.Line($"throw new LayoutException({CodeWriter.Quote(text)});");
            code.Close();
            code.Blank();
        }

        code.Line($"var made = new {type.ObjectName} {{ Original = view.Bytes.ToArray() }};");
        foreach (ParameterModel parameter in type.Parameters)
        {
            code.Line($"made.{NameOf(parameter)} = view.{ExpressionEmitter.Remembered(parameter)};");
        }

        foreach (FieldModel field in type.Fields.Where(IsHeld))
        {
            if (field.IsConditional)
            {
                code.Open($"if (view.Has{field.CsName})");
            }

            EmitCopy(field);
            if (field.IsConditional)
            {
                code.Close();
                code.Blank();
            }
        }

        code.Line("return made;");
        code.Close();
    }

    private void EmitCopy(FieldModel field)
    {
        string from = $"view.{field.CsName}";
        string to = $"made.{field.CsName}";
        switch (field.Shape)
        {
            case FieldShape.Scalar:
                code.Line($"{to} = {from};");
                break;
            case FieldShape.Bytes:
                code.Line($"{to} = {from}.ToArray();");
                break;
            case FieldShape.Bitmap:
                code.Line($"{to} = {from}.Bytes.ToArray();");
                break;
            case FieldShape.Array:
                code.Line($"{to} = new {CsTypes.Number(CsTypes.ScalarOf(field.Type))}[{from}.Length];");
                code.Line($"{from}.CopyTo({to});");
                break;
            case FieldShape.Structure:
                code.Line($"{to} = {ObjectOf(field)}.From({from}{Deeper(field)});");
                break;
            default:
                string item = $"item{field.Index}";
                code.Line($"{to} = [];");
                code.Open($"foreach (var {item} in {from})");
                code.Line($"{to}.Add({ObjectOf(field)}.From({item}{Deeper(field)}));");
                code.Close();
                code.Blank();
                break;
        }
    }

    private string Deeper(FieldModel field) =>
        type.IsRecursive && field.Type is StructType { IsRecursive: true } ? ", depth + 1" : "";

    private void EmitWrite()
    {
        string parameters = string.Join(", ", type.Parameters.Select(NameOf));
        string writer = type.WriterName + Generic;
        code.Blank();
        code.Doc("summary", "Writes the structure; what was not changed comes out as it was.");
        code.Line("/// <exception cref=\"LayoutException\">The values do not agree, or do not fit.</exception>");
        code.Open($"public void Write{Generic}(System.Buffers.IBufferWriter<byte> target){Constraint}");
        code.Line($"var writer = new {writer}({parameters}) {{ Original = Original }};");
        if (type.Fields.Exists(field => IsHeld(field) && _plan.IsOverlaid(field)))
        {
            code.Line("// A new object has zeros where nobody set anything: of two readings of one place these would");
            code.Line("// overwrite what was set in the other.");
            code.Line("bool isNew = Original.Length == 0;");
            code.Line($"{_types.View(type)} old = default;");
            string given = parameters.Length == 0 ? "" : ", " + parameters;
            code.Line($"bool hasOld = !isNew && {_types.View(type)}.TryOpen(Original{given}, out old);");
        }

        foreach (FieldModel field in type.Fields.Where(IsHeld))
        {
            if (!_plan.IsComputed(field))
            {
                EmitSet(field);
            }
        }

        code.Line("writer.WriteTo(target);");
        code.Close();
        code.Blank();
        code.Doc("summary", "The structure as bytes.");
        code.Line("/// <exception cref=\"LayoutException\">The values do not agree, or do not fit.</exception>");
        code.Open($"public byte[] ToArray{Generic}(){Constraint}");
        code.Line("var target = new System.Buffers.ArrayBufferWriter<byte>();");
        code.Line($"Write{Generic}(target);");
        code.Line("return target.WrittenSpan.ToArray();");
        code.Close();
    }

    private void EmitSet(FieldModel field)
    {
        string name = field.CsName;
        string held = field.IsConditional ? $"held{field.Index}" : name;
        if (field.IsConditional)
        {
            code.Open($"if ({name} is {{ }} {held})");
        }

        string value = held;
        if (field.Shape is FieldShape.Structure or FieldShape.StructureArray or FieldShape.Records)
        {
            value = $"bytes{field.Index}";
            code.Line($"var {value} = new System.Buffers.ArrayBufferWriter<byte>();");
            string item = field.Shape == FieldShape.Structure ? held : $"item{field.Index}";
            if (field.Shape != FieldShape.Structure)
            {
                code.Open($"foreach ({ObjectOf(field)} {item} in {held})");
            }

            code.Line($"{item}.Write{GenericOf(field)}({value});");
            if (field.Shape != FieldShape.Structure)
            {
                code.Close();
                code.Blank();
            }

            value += ".WrittenSpan";
        }

        // Another reading of the same bytes may be what was changed: only a change is written.
        bool isOverlaid = _plan.IsOverlaid(field);
        if (isOverlaid)
        {
            string has = field.IsConditional ? $"old.Has{name} && " : "";
            string same = field.Shape switch
            {
                FieldShape.Scalar => $"old.{name}.Equals({value})",
                FieldShape.Bytes => $"old.{name}.SequenceEqual({value})",
                FieldShape.Array => $"Same{field.Index}{Generic}(old, {value})",
                _ => $"old.{name}.Bytes.SequenceEqual({value})",
            };
            string unset = field.IsConditional ? "" : $"isNew ? {IsZero(field, value)} : ";
            code.Open($"if (!({unset}hasOld && {has}{same}))");
        }

        code.Line($"writer.{name} = {value};");
        if (isOverlaid)
        {
            code.Close();
            code.Blank();
        }

        if (field.IsConditional)
        {
            code.Close();
            code.Blank();
        }
    }

    /// <summary>True, in C#, for what a new object has.</summary>
    private string IsZero(FieldModel field, string value) => (field.Shape, field.Type) switch
    {
        // Minus zero equals zero, and has a bit set.
        (FieldShape.Scalar, ScalarType { IsFloat: true }) =>
            $"{value} == default && !{_types.Scalar(field.Type)}.IsNegative({value})",
        (FieldShape.Scalar, _) => $"{value}.Equals(default({_types.Scalar(field.Type)}))",
        (FieldShape.Array, _) => $"MemoryMarshal.AsBytes({value}.AsSpan()).IndexOfAnyExcept((byte)0) < 0",
        (FieldShape.Bytes or FieldShape.Bitmap, _) => $"{value}.AsSpan().IndexOfAnyExcept((byte)0) < 0",
        _ => $"{value}.IndexOfAnyExcept((byte)0) < 0",
    };

    private void EmitSame(FieldModel field)
    {
        string element = CsTypes.Number(CsTypes.ScalarOf(field.Type));
        code.Blank();
        string parameters = $"({_types.View(type)} view, {element}[] held)";
        code.Open($"private static bool Same{field.Index}{Generic}{parameters}{Constraint}");
        code.Line($"{element}[] items = new {element}[view.{field.CsName}.Length];");
        code.Line($"view.{field.CsName}.CopyTo(items);");
        code.Line("return items.AsSpan().SequenceEqual(held);");
        code.Close();
    }

    private string GenericOf(FieldModel field) =>
        _types.OrderArgument((StructType)field.Type);
}

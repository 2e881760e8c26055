using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>The walk over everything that is there: text, JSON and tools stand on it.</summary>
internal sealed partial class ViewEmitter
{
    private void EmitVisit()
    {
        _code.Blank();
        _code.Doc("summary", "Tells a visitor every field that is there, in order.");
        string depth = _type.IsRecursive ? ", int depth = 0" : "";
        _code.Open($"public void Accept<TVisitor>(TVisitor visitor, string name = \"\", long offset = -1{depth}) "
            + "where TVisitor : ILayoutVisitor");
        if (_type.IsRecursive)
        {
            _code.Open($"if (depth >= {StructType.DepthMax})");
            _code.Line($"visitor.VisitIssue(new LayoutIssue(0, {CodeWriter.Quote(_type.Name)}, \"\", "
                + $"{CodeWriter.Quote(TooDeep)}, depth));");
            _code.Line("return;");
            _code.Close();
            _code.Blank();
        }

        _code.Open($"if (!visitor.BeginStructure(name, offset, {CodeWriter.Quote(_type.Name)}))");
        _code.Line("return;");
        _code.Close();
        _code.Blank();
        foreach (FieldModel field in _type.Fields)
        {
            EmitVisit(field);
        }

        foreach (ComputedModel computed in _type.Computed)
        {
            string has = _expressions.Defined(computed.Expression) is null ? "" : $"if (Has{computed.CsName}) ";
            string value = computed.Expression.Kind == ValueKind.Boolean
                ? $"{computed.CsName} ? 1 : 0"
                : $"(Int128){computed.CsName}";
            string number = computed.Enum is null ? value : $"(Int128)(long){computed.CsName}";
            _code.Line($"{has}visitor.VisitNumber({CodeWriter.Quote(computed.Name)}, -1, {number}, null);");
        }

        foreach (ReferenceModel reference in _type.References)
        {
            bool isSure = reference.Presence.Count == 0
                && Defined(reference.At, reference.Count ?? reference.At) is null;
            string has = isSure ? "" : $"if (Has{reference.CsName}) ";
            _code.Line($"{has}visitor.VisitReference({CodeWriter.Quote(reference.Name)}, {reference.CsName});");
        }

        _code.Line("visitor.EndStructure();");
        _code.Close();
        EmitVisitEnds();
    }

    /// <summary>Text and JSON.</summary>
    public void EmitVisitEnds()
    {
        _code.Blank();
        _code.Doc("summary", "The fields as text: bounded, escaped, for people.");
        _code.Open("public override string ToString()");
        _code.Line("var visitor = new LayoutTextVisitor();");
        _code.Line("Accept(visitor);");
        _code.Line("return visitor.ToString();");
        _code.Close();
        _code.Blank();
        _code.Doc("summary", "Writes the fields as one JSON object.");
        _code.Line("public void WriteJson(System.Text.Json.Utf8JsonWriter writer) =>");
        _code.Line("    Accept(new LayoutJsonVisitor(writer));");
    }

    public void EmitVisit(FieldModel field)
    {
        string name = CodeWriter.Quote(field.Name);
        string value = field.CsName;
        string offset = field.OutOfLineAt is null ? _fields.Offset(field) : "-1";
        bool isGuarded = field.IsConditional || field.OutOfLineAt is not null;
        if (field.OutOfLineAt is not null)
        {
            value = $"part{field.Index}";
            _code.Open($"if (TryGet{field.CsName}(out var {value}))");
        }
        else if (field.IsConditional)
        {
            _code.Open($"if (Has{field.CsName})");
        }

        switch (field.Shape)
        {
            case FieldShape.Scalar:
                EmitVisitScalar(field.Type, name, offset, value);
                break;
            case FieldShape.Bytes:
                string isText = field.Type is CharType ? "true" : "false";
                _code.Line($"visitor.VisitBytes({name}, {offset}, {value}, {isText});");
                break;
            case FieldShape.Bitmap:
                _code.Line($"visitor.VisitBytes({name}, {offset}, {value}.Bytes, false);");
                break;
            case FieldShape.Structure:
                _code.Line($"{value}.Accept(visitor, {name}, {offset}{Deeper(field)});");
                break;
            case FieldShape.Records:
                EmitVisitRecords(field, name, offset);
                break;
            default:
                EmitVisitArray(field, name, offset, value);
                break;
        }

        if (isGuarded)
        {
            _code.Close();
            _code.Blank();
        }
    }

    private void EmitVisitScalar(TypeModel type, string name, string offset, string value)
    {
        if (type is BitsType bits)
        {
            _code.Open($"if (visitor.BeginStructure({name}, {offset}, {CodeWriter.Quote(bits.Name)}))");
            foreach (BitField part in bits.Fields)
            {
                string own = $"{value}.{part.CsName}";
                string number = part.IsBoolean ? $"{own} ? 1 : 0" : part.Enum is null ? own : $"(ulong){own}";
                string symbol = SymbolOf(part.Enum, own);
                _code.Line($"visitor.VisitNumber({CodeWriter.Quote(part.Name)}, -1, {number}, {symbol});");
            }

            _code.Line("visitor.EndStructure();");
            _code.Close();
            _code.Blank();
            return;
        }

        _code.Line(type switch
        {
            EnumType known =>
                $"visitor.VisitNumber({name}, {offset}, ({CsTypes.Backing(known)}){value}, {SymbolOf(known, value)});",
            ScalarType { IsFloat: true } => $"visitor.VisitReal({name}, {offset}, (double){value});",
            ScalarType { Bytes: 16, IsSigned: false } =>
                $"visitor.VisitNumber({name}, {offset}, LayoutBytes.Clamp128({value}), null);",
            _ => $"visitor.VisitNumber({name}, {offset}, {value}, null);",
        });
    }

    private string SymbolOf(EnumType? type, string value) => type is null || type.IsFlags
        ? "null"
        : $"{_types.Name(type, type.CsName + "Extensions")}.NameOf({value})";

    private void EmitVisitArray(FieldModel field, string name, string offset, string value)
    {
        string index = $"i{field.Index}";
        string shown = $"shown{field.Index}";
        int unit = FieldCode.UnitOf(field);
        string at = field.OutOfLineAt is null ? $"{offset} + ({index} * {unit}L)" : "-1";
        _code.Line($"int {shown} = visitor.BeginArray({name}, {offset}, {value}.Length);");
        _code.Open($"for (int {index} = 0; {index} < Math.Min({shown}, {value}.Length); {index}++)");
        if (field.Shape == FieldShape.StructureArray)
        {
            _code.Line($"{value}[{index}].Accept(visitor, \"\", {at}{Deeper(field)});");
        }
        else
        {
            // Elements of arrays of enumerations and bits are plain integers.
            TypeModel type = field.Type is ScalarType ? field.Type : CsTypes.ScalarOf(field.Type);
            EmitVisitScalar(type, "\"\"", at, $"{value}[{index}]");
        }

        _code.Close();
        _code.Blank();
        EmitEndArray(shown);
    }

    private void EmitEndArray(string shown)
    {
        _code.Open($"if ({shown} >= 0)");
        _code.Line("visitor.EndArray();");
        _code.Close();
        _code.Blank();
    }

    private void EmitVisitRecords(FieldModel field, string name, string offset)
    {
        string index = $"i{field.Index}";
        string shown = $"shown{field.Index}";
        string walk = $"walk{field.Index}";
        string bad = $"bad{field.Index}";
        _code.Line($"int {shown} = visitor.BeginArray({name}, {offset}, -1);");
        _code.Line($"var {walk} = {field.CsName}.GetEnumerator();");
        _code.Line($"LayoutIssue {bad} = default;");
        _code.Open($"for (int {index} = 0; {index} < {shown}; {index}++)");
        _code.Open($"if (!{walk}.TryMoveNext(out var item{field.Index}, out {bad}))");
        _code.Line("break;");
        _code.Close();
        _code.Blank();
        _code.Line($"item{field.Index}.Accept(visitor, \"\", {offset} + {walk}.Offset{Deeper(field)});");
        _code.Close();
        _code.Blank();
        _code.Open($"if (!{bad}.IsNone)");
        _code.Line($"visitor.VisitIssue({bad});");
        _code.Close();
        _code.Blank();
        EmitEndArray(shown);
    }
}

using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Validation: every rule of the schema, reported with offset, path and value.</summary>
internal sealed partial class ViewEmitter
{
    private static readonly string TooDeep = $"must not nest deeper than {StructType.DepthMax} structures";

    private void EmitValidate()
    {
        _code.Blank();
        _code.Doc("summary", _type.Checks.Count == 0
            ? "True if no rule of the schema is broken."
            : "True if no rule of the schema is broken, and no check is of an unknown algorithm.");
        _code.Open("public bool IsValid");
        _code.Open("get");
        _code.Line("var report = default(LayoutReport);");
        _code.Line("return Validate(ref report) && report.Unchecked == 0;");
        _code.Close();
        _code.Close();
        _code.Blank();
        _code.Doc("summary", "Checks every rule of the schema; reports those that are broken. Allocates nothing if "
            + "none is.");
        _code.Open($"public bool Validate(ref LayoutReport report{(_type.IsRecursive ? ", int depth = 0" : "")})");
        if (_type.IsRecursive)
        {
            _code.Open($"if (depth >= {StructType.DepthMax})");
            _code.Line(Add("0", "", TooDeep, "depth"));
            _code.Line("return false;");
            _code.Close();
            _code.Blank();
        }

        _code.Line("long found = report.Found;");
        foreach (UnionModel union in _type.Unions.Where(union => !union.HasDefault && !IsVariable))
        {
            string none = $"_case{union.Index} < 0";
            _code.Open(union.Presence.Count == 0
                ? $"if ({none})"
                : $"if ({ExpressionEmitter.Conjunction([_fields.Present(union.Presence), none])})");
            _code.Line(Add(_fields.Offset(union.At), "", union.RuleText, "0"));
            _code.Close();
        }

        foreach (FieldModel field in _type.Fields)
        {
            EmitFieldRules(field);
        }

        foreach (CheckModel check in _type.Checks.Where(static check => check.Reference is null))
        {
            EmitCheckRule(check);
        }

        foreach (AssertionModel assertion in _type.Assertions)
        {
            _code.Blank();
            _code.Open($"if ({ExpressionEmitter.Bare(_expressions.Negated(assertion.Condition))})");
            _code.Line(Add("0", "", "must satisfy " + assertion.Text, "0"));
            _code.Close();
        }

        for (int i = 0; i < _type.Zeros.Count; i++)
        {
            _code.Blank();
            EmitZero(_type.Zeros[i], i);
        }

        _code.Blank();
        _code.Line("return report.Found == found;");
        _code.Close();
    }

    private string Add(string at, string path, string rule, string actual) =>
        $"report.Add(new LayoutIssue({at}, {CodeWriter.Quote(_type.Name)}, {CodeWriter.Quote(path)}, "
        + $"{CodeWriter.Quote(rule)}, {actual}));";

    /// <summary>The rules of one field, and of what it holds.</summary>
    public void EmitFieldRules(FieldModel field)
    {
        if (!HasRules(field))
        {
            return;
        }

        _code.Blank();
        if (field.IsConditional)
        {
            _code.Open($"if (Has{field.CsName})");
        }

        switch (field.Shape)
        {
            case FieldShape.Scalar:
                EmitScalarRules(field);
                break;
            case FieldShape.Bitmap when field.OutOfLineAt is null:
                break;
            case FieldShape.Bytes or FieldShape.Array when field.OutOfLineAt is null:
                EmitArrayRules(field);
                break;
            case FieldShape.Structure:
                EmitNestedRules(field, field.CsName, _fields.Offset(field), "-1", $"mark{field.Index}");
                break;
            case FieldShape.StructureArray when field.OutOfLineAt is null:
                string i = $"i{field.Index}";
                _code.Open($"for (int {i} = 0; {i} < {_fields.Count(field)}; {i}++)");
                string offset = $"{_fields.Offset(field)} + ({i} * {FieldCode.UnitOf(field)})";
                EmitNestedRules(field, $"{field.CsName}[{i}]", offset, i, $"mark{field.Index}");
                _code.Close();
                break;
            case FieldShape.Records:
                EmitRecordRules(field);
                break;
            default:
                _code.Open($"if (!TryGet{field.CsName}(out _))");
                _code.Line(Add("0", field.Name, $"must lie inside of the bytes: at "
                    + $"{field.OutOfLineText}", OutsideAt(field)));
                _code.Close();
                break;
        }

        if (field.IsConditional)
        {
            _code.Close();
        }
    }

    public static bool HasRules(FieldModel field) =>
        field.Equal is not null || field.Where is not null || field.OutOfLineAt is not null
        || field.Shape == FieldShape.Records
        || field.Type is EnumType { IsClosed: true }
        || ClosedParts(field).Count > 0
        || (field.Type is StructType nested && HasRules(nested));

    public static bool HasRules(StructType type) =>
        type.Zeros.Count > 0 || type.Checks.Count > 0 || type.Assertions.Count > 0 || type.Fields.Exists(HasRules)
        || type.Unions.Exists(static union => !union.HasDefault);

    private void EmitScalarRules(FieldModel field)
    {
        var expressions = new ExpressionEmitter(_types, "") { It = field.CsName };
        foreach ((string broken, string rule) in FieldRules.Of(field, _types, expressions, field.CsName))
        {
            _code.Open($"if ({broken})");
            _code.Line(Add(_fields.Offset(field), field.Name, rule, FieldRules.ActualOf(field, field.CsName)));
            _code.Close();
        }

        foreach (BitField part in ClosedParts(field))
        {
            string path = $"{field.CsName}.{part.CsName}";
            _code.Open($"if (!{_types.IsKnown(part.Enum!, path)})");
            string rule = $"must be a known value of {part.Enum!.Name}";
            _code.Line(Add(_fields.Offset(field), $"{field.Name}.{part.Name}", rule, $"(long){path}"));
            _code.Close();
        }
    }

    private static List<BitField> ClosedParts(FieldModel field) =>
        field.Type is BitsType bits ? bits.Fields.FindAll(static part => part.Enum is { IsClosed: true }) : [];

    private void EmitArrayRules(FieldModel field)
    {
        if (field.Equal is BoundBytes bytes)
        {
            _code.Open($"if (!{field.CsName}.SequenceEqual({Literals.Bytes(bytes.Value)}))");
            string actual = bytes.Value.Length > 0 ? $"{field.CsName}[0]" : "0";
            _code.Line(Add(_fields.Offset(field), field.Name, $"must be the bytes {field.EqualText}", actual));
            _code.Close();
        }

        List<BitField> closed = ClosedParts(field);
        if (field.Where is null && field.Type is not EnumType { IsClosed: true } && closed.Count == 0)
        {
            return;
        }

        string i = $"i{field.Index}";
        string item = _expressions.ItemOf(field.Type, $"{field.CsName}[{i}]");
        var expressions = new ExpressionEmitter(_types, "") { It = item };
        _code.Open($"for (int {i} = 0; {i} < {_fields.Count(field)}; {i}++)");
        foreach ((string broken, string rule) in FieldRules.Of(field, _types, expressions, item))
        {
            _code.Open($"if ({broken})");
            string at = $"{_fields.Offset(field)} + ({i} * {FieldCode.UnitOf(field)})";
            _code.Line($"report.Add(new LayoutIssue({at}, {CodeWriter.Quote(_type.Name)}, "
                + $"LayoutBytes.Indexed({CodeWriter.Quote(field.Name)}, {i}), {CodeWriter.Quote(rule)}, "
                    + $"{field.CsName}[{i}]));");
            _code.Close();
        }

        foreach (BitField part in closed)
        {
            _code.Open($"if (!{_types.IsKnown(part.Enum!, $"{item}.{part.CsName}")})");
            string at = $"{_fields.Offset(field)} + ({i} * {FieldCode.UnitOf(field)})";
            string rule = $"must be a known value of {part.Enum!.Name}";
            _code.Line($"report.Add(new LayoutIssue({at}, {CodeWriter.Quote(_type.Name)}, "
                + $"LayoutBytes.Indexed({CodeWriter.Quote(field.Name)}, {i}), {CodeWriter.Quote(rule)}, "
                    + $"(long){item}.{part.CsName}));");
            _code.Close();
        }

        _code.Close();
    }

    private void EmitNestedRules(FieldModel field, string value, string offset, string index, string mark)
    {
        _code.Line($"int {mark} = report.Count;");
        _code.Open($"if (!{value}.Validate(ref report{Deeper(field)}))");
        string name = $"{CodeWriter.Quote(_type.Name)}, {offset}, {CodeWriter.Quote(field.Name)}";
        _code.Line($"report.Relocate({mark}, {name}{(index == "-1" ? "" : ", " + index)});");
        _code.Close();
    }

    /// <summary>The depth that a nested structure is told, where the data decides how deep it is.</summary>
    private string Deeper(FieldModel field) =>
        _type.IsRecursive && field.Type is StructType { IsRecursive: true } ? ", depth + 1" : "";

    private void EmitRecordRules(FieldModel field)
    {
        var nested = (StructType)field.Type;
        string index = $"{field.Index}";
        string bad = $"bad{index}";
        _code.Line($"var walk{index} = {field.CsName}.GetEnumerator();");
        _code.Line($"int i{index} = 0;");
        _code.Line($"LayoutIssue {bad};");
        _code.Open($"while (walk{index}.TryMoveNext(out {_types.View(nested)} item{index}, out {bad}))");
        string offset = $"{_fields.Offset(field)} + walk{index}.Offset";
        if (HasRules(nested))
        {
            EmitNestedRules(field, $"item{index}", offset, $"i{index}", $"mark{index}");
        }

        _code.Line($"i{index}++;");
        _code.Close();
        _code.Blank();
        _code.Open($"if (!{bad}.IsNone)");
        _code.Line($"report.Add({bad}.Within({CodeWriter.Quote(_type.Name)}, {_fields.Offset(field)}, "
            + $"LayoutBytes.Indexed({CodeWriter.Quote(field.Name)}, i{index})));");
        _code.Close();
    }

    private void EmitZero(ZeroModel zero, int index)
    {
        string name = $"zero{index}";
        if (zero.Presence.Count > 0)
        {
            _code.Open($"if ({_fields.Present(zero.Presence)})");
        }

        _code.Line($"int {name} = LayoutBytes.IndexOfNonZero({_fields.Part(zero.At, $"{zero.Count}")});");
        _code.Open($"if ({name} >= 0)");
        string actual = _fields.Part(zero.At, $"{zero.Count}") + $"[{name}]";
        _code.Line($"report.Add(new LayoutIssue({_fields.Offset(zero.At)} + {name}, {CodeWriter.Quote(_type.Name)}, "
            + $"\"\", "
            + $"\"must be zero\", {actual}));");
        _code.Close();
        if (zero.Presence.Count > 0)
        {
            _code.Close();
        }
    }
}

using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Orders the fields of a message by version, and places them.</summary>
internal sealed class MessageBinder(Binder binder, FileUnit unit, MessageSyntax syntax)
{
    private readonly List<(FieldSyntax Field, DeclaratorSyntax Declarator, int Since, int? Until)> _fields = [];
    private bool _isBroken = syntax.HasErrors;
    private int _version;

    public MessageModel? Bind()
    {
        binder.CheckAttributes(syntax.Attributes);
        int id = Number(syntax.Id, 0, ushort.MaxValue);
        _version = Number(syntax.Version, 1, ushort.MaxValue);
        if (unit.Syntax.Order is not ("le" or "be"))
        {
            Error(syntax.Name.Place, "KK1201", $"a message has one byte order; write `order le;` or `order be;`");
        }

        Collect();
        if (_isBroken)
        {
            return null;
        }

        StructType? type = BindFixed();
        if (type is null || type.IsBroken || type.Size is null || type.HasOutOfLine)
        {
            return null;
        }

        string csName = binder.CsNameFor(syntax.Name, syntax.Attributes, Names.Type);
        var message = new MessageModel(syntax.Name.Text, csName, syntax.Doc, type) { Id = id, Version = _version };
        AddFields(message);
        AddParts(message);
        if (type.Size > StructType.CompactSizeMax)
        {
            Error(syntax.Name.Place, "KK1210", $"the fixed fields take over {StructType.CompactSizeMax} bytes");
        }

        return _isBroken ? null : message;
    }

    private void Error(SourcePlace place, string code, string text)
    {
        _isBroken = true;
        binder.Error(place, code, text);
    }

    private int Number(ExpressionSyntax expression, int min, int max)
    {
        if (binder.EvaluateConstant(unit, expression) is not BigInteger value)
        {
            _isBroken = true;
            return min;
        }

        if (value < min || value > max)
        {
            Error(expression.Place, "KK1202", $"{value} is not between {min} and {max}");
            return min;
        }

        return (int)value;
    }

    private void Collect()
    {
        foreach (MemberSyntax member in syntax.Members)
        {
            if (member is not FieldSyntax { InlineBits: null } field)
            {
                Error(member.Place, "KK1501", "a message holds fields only; put anything else into a structure");
                continue;
            }

            ClausesSyntax clauses = field.Clauses;
            bool isOther = (clauses.At ?? clauses.If) is not null || clauses.Check is not null || clauses.UntilEnd
                || clauses.Transform is not null;
            if (isOther)
            {
                Error(member.Place, "KK1501", "a field of a message takes `=`, `where`, `since` and `until` only");
                continue;
            }

            int since = clauses.Since is null ? 1 : Number(clauses.Since, 1, _version);
            int? until = clauses.Until is null ? null : Number(clauses.Until, since + 1, Math.Max(_version, since + 1));
            foreach (DeclaratorSyntax declarator in field.Declarators)
            {
                _fields.Add((field, declarator, since, until));
            }
        }

        // Stable: within a version the order of declaration decides.
        List<(FieldSyntax, DeclaratorSyntax, int Since, int?)> ordered = [.. _fields.OrderBy(static one => one.Since)];
        _fields.Clear();
        _fields.AddRange(ordered);
    }

    private StructType? BindFixed()
    {
        SourcePlace place = syntax.Name.Place;
        var members = new List<MemberSyntax>
        {
            Header("u32", "header.total"),
            Header("u16", "header.id"),
            Header("u16", "header.version"),
            Header("u16", "header.fixed"),
            Header("u16", "header.parts"),
        };
        foreach ((FieldSyntax field, DeclaratorSyntax declarator, _, _) in _fields)
        {
            if (!declarator.IsOpen)
            {
                ClausesSyntax clauses = field.Clauses with { Equal = null, Since = null, Until = null };
                members.Add(field with { Declarators = [declarator], Clauses = clauses });
            }
        }

        var shape = new StructSyntax(syntax.Name, syntax.Doc, syntax.Attributes, [], null, members, false);
        var symbol = new Symbol(unit, shape);
        new StructBinder(binder, unit, shape).Bind(symbol);
        var type = (StructType?)symbol.Type;
        if (type is { IsBroken: false } and ({ Size: null } or { HasOutOfLine: true }))
        {
            Error(place, "KK1501", "fixed fields of a message have constant sizes; write `type name[max n]` for "
                + "others");
        }

        return type;

        FieldSyntax Header(string typeName, string name) => new(
            place,
            new NameSyntax(typeName, place),
            [new DeclaratorSyntax(new NameSyntax(name, place), false, null, null)],
            ClausesSyntax.None,
            "",
            null);
    }

    private void AddFields(MessageModel message)
    {
        message.LeastSize = MessageModel.HeaderSize;
        foreach ((FieldSyntax field, DeclaratorSyntax declarator, int since, int? until) in _fields)
        {
            FieldModel? model = message.Fixed.Fields.Find(other => other.Name == declarator.Name.Text);
            if (declarator.IsOpen || model is null)
            {
                continue;
            }

            int size = model.Shape == FieldShape.Structure
                ? ((StructType)model.Type).Size!.Value
                : (Binder.SizeOf(model.Type) ?? 0) * (model.Count ?? 1);
            int end = model.First.At.Offset + size;
            message.Fields.Add(new MessageField(model, since, until, DefaultOf(field, model), end));
            message.LeastSize = since == 1 ? end : message.LeastSize;
        }
    }

    private BigInteger DefaultOf(FieldSyntax field, FieldModel model)
    {
        if (field.Clauses.Equal is not ExpressionSyntax equal)
        {
            return 0;
        }

        BoundExpression bound = new ExpressionBinder(binder, unit, null).BindValue(equal, model.Type as EnumType);
        (ValueKind kind, BigInteger min, BigInteger max) = ExpressionBinder.RangeOf(model.Type, model.Shape);
        if (bound is BoundConstant constant && kind == ValueKind.Integer
            && constant.Value >= min && constant.Value <= max)
        {
            return constant.Value;
        }

        if (!bound.IsError)
        {
            Error(equal.Place, "KK1202", $"`{equal.Text}` is no default for `{model.Name}`; only integers have one");
        }

        _isBroken = true;
        return 0;
    }

    private void AddParts(MessageModel message)
    {
        foreach ((FieldSyntax field, DeclaratorSyntax declarator, int since, int? until) in _fields)
        {
            if (!declarator.IsOpen)
            {
                continue;
            }

            SourcePlace place = declarator.Name.Place;
            if (declarator.Max is null || (field.Clauses.Equal ?? field.Clauses.Where) is not null)
            {
                Error(place, "KK1501", "a part of a message has a bound, `name[max n]`, and neither `=` nor `where`");
                continue;
            }

            if (field.IsLittleEndian is not null)
            {
                Error(field.Place, "KK1501", "a part of a message has the order of the message; remove `le` or `be`");
                continue;
            }

            bool isText = field.Type.Text == "str";
            TypeModel? type = isText ? CharType.Instance : binder.FindType(unit, field.Type);
            int? size = type is null ? null : Binder.SizeOf(type);
            if (size is null || type is StructType { Parameters.Count: > 0 })
            {
                if (type is not null)
                {
                    Error(place, "KK1501", $"`{field.Type.Text}` has no constant size; parts are runs of such types");
                }

                _isBroken = true;
                continue;
            }

            PartKind kind = isText ? PartKind.Text
                : type is StructType ? PartKind.Structures
                : type is CharType or ScalarType { Bytes: 1, IsSigned: false } ? PartKind.Bytes
                : PartKind.Scalars;
            int max = Number(declarator.Max, 1, StructType.SizeMax);
            if ((long)max * size.Value > StructType.SizeMax)
            {
                Error(declarator.Max.Place, "KK1206", $"{max} elements of {size} bytes are over {StructType.SizeMax} "
                    + "bytes in all");
                continue;
            }

            string csName = binder.CsNameFor(declarator.Name, field.Clauses.Attributes, Names.Member);
            bool isTaken = message.Parts.Exists(part => part.CsName == csName)
                || message.Fields.Exists(other => other.Field.CsName == csName);
            if (isTaken)
            {
                Error(place, "KK1101", $"`{declarator.Name.Text}` stands twice in the message; rename one");
            }

            message.Parts.Add(new MessagePart(
                declarator.Name.Text, csName, field.Doc, kind, type!, size.Value, max, since, until));
        }
    }
}

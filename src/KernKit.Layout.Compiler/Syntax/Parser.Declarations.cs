namespace KernKit.Layout.Compiler.Syntax;

/// <summary>Constants, enumerations, flags, bits, structures and formats.</summary>
internal sealed partial class Parser
{
    /// <summary>Members of one block: more than any header has, so that work per block stays bounded.</summary>
    private const int MembersMax = 4_096;

    private ConstantSyntax ParseConstant()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the constant");
        ExpectSymbol("=", "after the constant's name");
        ExpressionSyntax value = ParseExpression();
        ExpectSymbol(";", "after the constant's value");
        return new ConstantSyntax(name, DocOf(first, Previous), value);
    }

    private AliasSyntax ParseAlias()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the alias");
        ExpectSymbol("=", "after the alias's name");
        NameSyntax target = ParseDottedName("a type");
        ExpressionSyntax? count = null;
        if (TakeSymbol("["))
        {
            count = ParseExpression();
            ExpectSymbol("]", "after the number of elements");
        }

        IReadOnlyList<AttributeSyntax> attributes = ParseAttributes();
        ExpectSymbol(";", "after the alias");
        return new AliasSyntax(name, DocOf(first, Previous), attributes, target, count);
    }

    private EnumSyntax ParseEnum(bool isFlags)
    {
        Token first = Current;
        _index++;
        string what = isFlags ? "the flags" : "the enumeration";
        NameSyntax name = ExpectName(what);
        ExpectSymbol(":", $"between the name of {what} and the type that holds it");
        NameSyntax backing = ParseDottedName("an integer type");
        IReadOnlyList<AttributeSyntax> attributes = ParseAttributes();
        ExpectSymbol("{", $"before the members of {what}");
        string doc = DocOf(first, Previous);
        var members = new List<EnumMemberSyntax>();
        while (!Current.IsSymbol("}"))
        {
            LimitMembers(members.Count);
            Token memberFirst = Current;
            NameSyntax member = ExpectName("a member");
            ExpressionSyntax? value = TakeSymbol("=") ? ParseExpression() : null;
            if (!TakeSymbol(",") && !Current.IsSymbol("}"))
            {
                throw Fail("KK1002", $"`,` is missing after the member `{member.Text}`, before {Current.Shown}; add "
                    + $"it");
            }

            members.Add(new EnumMemberSyntax(member, DocOf(memberFirst, Previous), value));
        }

        _index++;
        bool isClosed = Current.IsWord("closed");
        if (isClosed)
        {
            _index++;
        }

        TakeSymbol(";");
        return new EnumSyntax(name, doc, attributes, backing, members, isFlags, isClosed);
    }

    /// <summary><c>bits NAME : u16 lsb { ... }</c>, as a declaration or inside a structure.</summary>
    private BitsSyntax ParseBits()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the bits");
        ExpectSymbol(":", "between the name of the bits and the type that holds them");
        NameSyntax backing = ParseDottedName("an integer type");
        if (!Current.IsWord("lsb") && !Current.IsWord("msb"))
        {
            throw Fail("KK1002", "`lsb` or `msb` is missing: is the first field in the low or in the high bits? say "
                + "it");
        }

        bool isMsbFirst = Current.Text == "msb";
        _index++;
        IReadOnlyList<AttributeSyntax> attributes = ParseAttributes();
        ExpectSymbol("{", "before the fields of the bits");
        string doc = DocOf(first, Previous);
        var fields = new List<BitFieldSyntax>();
        while (!Current.IsSymbol("}"))
        {
            LimitMembers(fields.Count);
            fields.Add(ParseBitField());
        }

        _index++;
        return new BitsSyntax(name, doc, attributes, backing, isMsbFirst, fields);
    }

    private BitFieldSyntax ParseBitField()
    {
        Token first = Current;
        NameSyntax? type = null;
        NameSyntax? name = ParseDottedName("a field of the bits");
        if (Current.Kind == TokenKind.Word)
        {
            type = name;
            name = ExpectName("a field of the bits");
        }
        else if (name.Text == "pad" && !first.IsQuoted)
        {
            name = null;
        }

        ExpectSymbol(":", "between a field of the bits and its width");
        (ExpressionSyntax width, ExpressionSyntax? shift) = SplitScale(ParseExpression());
        ExpectSymbol(";", "after a field of the bits");
        return new BitFieldSyntax(type, name, DocOf(first, Previous), width, shift, first.Place);
    }

    /// <summary><c>block : 58 &lt;&lt; 6</c>: 58 bits that read as a multiple of 64.</summary>
    private static (ExpressionSyntax Width, ExpressionSyntax? Shift) SplitScale(ExpressionSyntax expression) =>
        expression is BinarySyntax { Operator: "<<" } scaled ? (scaled.Left, scaled.Right) : (expression, null);

    private StructSyntax ParseStruct()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the structure");
        var parameters = new List<ParameterSyntax>();
        if (TakeSymbol("("))
        {
            do
            {
                LimitMembers(parameters.Count * 128);
                NameSyntax type = ParseDottedName("a parameter's type");
                parameters.Add(new ParameterSyntax(type, ExpectName("a parameter")));
            }
            while (TakeSymbol(","));
            ExpectSymbol(")", "after the parameters");
        }

        bool isAbi = TakeWord("abi");
        bool isPacked = isAbi && TakeWord("packed");
        bool isFixed = isAbi && TakeWord("fixed");
        ExpressionSyntax? size = null;
        if (Current.IsWord("size"))
        {
            _index++;
            size = ParseExpression();
        }

        string? order = null;
        if (Current.IsWord("order"))
        {
            _index++;
            order = ExpectOrderWord();
        }

        SyncSyntax? sync = Current.IsWord("sync") ? ParseSync() : null;

        IReadOnlyList<AttributeSyntax> attributes = ParseAttributes();
        ExpectSymbol("{", "before the members of the structure");
        string doc = DocOf(first, Previous);
        int errors = _memberErrors;
        List<MemberSyntax> members = ParseMembers();
        return new StructSyntax(name, doc, attributes, parameters, size, members, _memberErrors > errors)
        {
            Order = order,
            Sync = sync,
            IsAbi = isAbi,
            IsPacked = isPacked,
            IsFixed = isFixed,
        };
    }

    private SyncSyntax ParseSync()
    {
        SourcePlace place = Current.Place;
        _index++;
        string kind = ExpectName("a way of sharing").Text;
        NameSyntax? field = null;
        if (kind == "seqlock")
        {
            ExpectSymbol("(", "before the field that counts");
            field = ExpectName("the field that counts");
            ExpectSymbol(")", "after the field that counts");
        }
        else if (kind == "lock")
        {
            kind = "lock " + ExpectName("the lock's place").Text;
        }

        return kind is "none" or "atomic" or "seqlock" or "lock outside" or "lock inside"
            ? new SyncSyntax(place, kind, field)
            : throw Fail(
                place,
                "KK1601",
                $"`sync {kind}` is unknown; write none, atomic, seqlock(field), lock outside or lock inside");
    }

    private MessageSyntax ParseMessage()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the message");
        ExpectWord("id", "and the message's number");
        ExpressionSyntax id = ParseExpression();
        ExpectWord("version", "and the message's version");
        ExpressionSyntax version = ParseExpression();
        IReadOnlyList<AttributeSyntax> attributes = ParseAttributes();
        ExpectSymbol("{", "before the fields of the message");
        string doc = DocOf(first, Previous);
        int errors = _memberErrors;
        List<MemberSyntax> members = ParseMembers();
        return new MessageSyntax(name, doc, attributes, id, version, members, _memberErrors > errors);
    }

    private bool TakeWord(string word)
    {
        bool isHere = Current.IsWord(word);
        _index += isHere ? 1 : 0;
        return isHere;
    }

    private FormatSyntax ParseFormat()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the format");
        ExpectSymbol("{", "before the format's statements");
        string doc = DocOf(first, Previous);
        var format = new FormatSyntax(name, doc, [], null, null, null, [], null);
        while (!Current.IsSymbol("}"))
        {
            Token word = Current;
            format = word switch
            {
                _ when word.IsWord("try") => ParseTry(format),
                _ when word.IsWord("probe") => ParseProbe(format),
                _ when word.IsWord("accept") => ParseAccept(format),
                _ => throw Fail(
                    "KK1002", $"{word.Shown} is no statement of a format; it holds `try`, `probe` and `accept`"),
            };
        }

        _index++;
        return format;
    }

    private FormatSyntax ParseTry(FormatSyntax format)
    {
        SetOnce(format.Orders.Count > 0, Current, "`try`");
        _index++;
        NameSyntax parameter = ExpectName("the order parameter");
        ExpectSymbol("=", "between the order parameter and the orders to try");
        var orders = new List<string>();
        do
        {
            LimitMembers(orders.Count * 1024);
            orders.Add(ExpectOrderWord());
        }
        while (TakeSymbol(","));
        ExpectSymbol(";", "after the orders to try");
        return format with { Orders = orders, OrderParameter = parameter };
    }

    private FormatSyntax ParseProbe(FormatSyntax format)
    {
        SetOnce(format.Structure is not null, Current, "`probe`");
        _index++;
        NameSyntax structure = ParseDottedName("the structure to look for");
        NameSyntax? name = Current.Kind == TokenKind.Word && !Current.IsWord("at")
            ? ExpectName("the structure that is found")
            : null;
        if (!Current.IsWord("at"))
        {
            throw Fail("KK1002", $"`at` is missing before the offsets to look at, before {Current.Shown}; add it");
        }

        _index++;
        var offsets = new List<ExpressionSyntax>();
        do
        {
            LimitMembers(offsets.Count * 64);
            offsets.Add(ParseExpression());
        }
        while (TakeSymbol(","));
        ExpectSymbol(";", "after the offsets");
        return format with { Structure = structure, StructureName = name, Offsets = offsets };
    }

    private FormatSyntax ParseAccept(FormatSyntax format)
    {
        SetOnce(format.Accept is not null, Current, "`accept`");
        _index++;
        ExpressionSyntax accept = ParseExpression();
        ExpectSymbol(";", "after the condition");
        return format with { Accept = accept };
    }

    private List<AttributeSyntax> ParseAttributes()
    {
        var attributes = new List<AttributeSyntax>();
        while (Current.IsSymbol("@"))
        {
            LimitMembers(attributes.Count * 64);
            Token at = Current;
            _index++;
            NameSyntax name = ExpectName("an attribute");
            string argument = "";
            if (TakeSymbol("("))
            {
                int start = _index;
                while (!Current.IsSymbol(")") && Current.Kind != TokenKind.End && _index - start < 32)
                {
                    _index++;
                }

                argument = _index == start + 1 && Previous.Kind == TokenKind.Text ? Previous.Text : TextSince(start);
                ExpectSymbol(")", "after the attribute's argument");
            }

            attributes.Add(new AttributeSyntax(name.Text, argument, at.Place));
        }

        return attributes;
    }

    private void LimitMembers(int count)
    {
        if (count >= MembersMax)
        {
            throw Fail("KK1006", "this list is too long; split it");
        }
    }
}

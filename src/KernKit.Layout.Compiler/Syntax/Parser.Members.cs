namespace KernKit.Layout.Compiler.Syntax;

/// <summary>The members of a structure and their clauses.</summary>
internal sealed partial class Parser
{
    // The order of the clauses after a declarator.
    private static readonly string[] ClauseOrder =
        ["=", "at", "if", "where", "since", "until", "check", "transform"];

    // Members that could not be read: the structure around them is not judged any further.
    private int _memberErrors;

    /// <summary>Members up to and including the closing brace.</summary>
    private List<MemberSyntax> ParseMembers()
    {
        Enter(Previous);
        var members = new List<MemberSyntax>();
        while (!Current.IsSymbol("}"))
        {
            if (Current.Kind == TokenKind.End)
            {
                throw Fail("KK1002", "`}` is missing before the end of the file; add it");
            }

            int start = _index;
            int nesting = _nesting;
            try
            {
                LimitMembers(members.Count);
                members.Add(ParseMember());
            }
            catch (SyntaxError)
            {
                _memberErrors++;
                _nesting = nesting;
                Recover(start, isTopLevel: false);
            }
        }

        _index++;
        Leave();
        return members;
    }

    private MemberSyntax ParseMember()
    {
        Token first = Current;
        if (first.Kind != TokenKind.Word)
        {
            throw Fail("KK1002", $"{first.Shown} begins no member; write a type and a name");
        }

        string opener = first.IsQuoted ? "" : first.Text;
        switch (opener)
        {
            case "pad" or "zero":
                return ParseGap();
            case "overlay":
            case "struct" when Next.IsSymbol("{"):
                return ParseBlock();
            case "struct":
                throw Fail(
                    "KK1002", "a structure inside a structure has no name; declare it outside and use its name as a "
                        + "type");
            case "within":
                return ParseWithin();
            case "union":
                return ParseUnion();
            case "bitmap":
                return ParseBitmap();
            case "bits":
                return ParseInlineBits();
            case "ref":
                return ParseReference();
            case "let":
                return ParseLet();
            case "assert":
                return ParseAssert();
            case "async" or "stream" or "raises" or "extends" or "atomic" or "seqlock" or "lock" or "transform"
                or "encode" or "opaque":
                throw Fail("KK1008", $"`{opener}` is kept for a later version of the language; quote it with "
                    + $"backticks");
            default:
                return ParseField();
        }
    }

    private MemberSyntax ParseGap()
    {
        Token first = Current;
        _index++;
        bool isRest = first.Text == "pad" && Current.IsWord("rest") && Next.IsSymbol(";");
        ExpressionSyntax? count = null;
        if (isRest)
        {
            _index++;
        }
        else
        {
            count = ParseExpression();
        }

        ExpectSymbol(";", $"after `{first.Text}` and its number of bytes");
        return first.Text == "pad" ? new PadSyntax(first.Place, count) : new ZeroSyntax(first.Place, count!);
    }

    private MemberSyntax ParseBlock()
    {
        Token first = Current;
        _index++;
        ExpectSymbol("{", $"after `{first.Text}`");
        List<MemberSyntax> members = ParseMembers();
        ClausesSyntax clauses = ParseClauses();
        if (clauses with { If = null, Attributes = ClausesSyntax.None.Attributes } != ClausesSyntax.None)
        {
            throw Fail(first.Place, "KK1009", "a block takes `if` and attributes only; put the clause on its members");
        }

        bool needsEnd = clauses.If is not null || clauses.Attributes.Count > 0;
        if (!TakeSymbol(";") && needsEnd)
        {
            ExpectSymbol(";", "after the block");
        }

        return first.Text == "overlay"
            ? new OverlaySyntax(first.Place, members, clauses)
            : new GroupSyntax(first.Place, members, clauses);
    }

    private WithinSyntax ParseWithin()
    {
        Token first = Current;
        _index++;
        ExpectSymbol("(", "after `within`");
        ExpressionSyntax length = ParseExpression();
        if (!Current.IsWord("bytes"))
        {
            throw Fail("KK1002", $"`bytes` is missing after the length, before {Current.Shown}; write `within (n "
                + $"bytes)`");
        }

        _index++;
        ExpectSymbol(")", "after `bytes`");
        ExpectSymbol("{", "before the members of `within`");
        List<MemberSyntax> members = ParseMembers();
        TakeSymbol(";");
        return new WithinSyntax(first.Place, length, members);
    }

    private UnionSyntax ParseUnion()
    {
        Token first = Current;
        _index++;
        ExpressionSyntax? selector = null;
        if (TakeSymbol("("))
        {
            selector = ParseExpression();
            ExpectSymbol(")", "after the union's tag");
        }

        ExpressionSyntax? size = null;
        if (Current.IsWord("size"))
        {
            _index++;
            size = ParseExpression();
        }

        ExpectSymbol("{", "before the cases of the union");
        Enter(Previous);
        var cases = new List<CaseSyntax>();
        while (!Current.IsSymbol("}"))
        {
            LimitMembers(cases.Count * 8);
            cases.Add(ParseCase());
        }

        _index++;
        Leave();
        TakeSymbol(";");
        return new UnionSyntax(first.Place, selector, cases) { Size = size };
    }

    private LetSyntax ParseLet()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the computed value");
        ExpectSymbol("=", "after the name of the computed value");
        ExpressionSyntax value = ParseExpression();
        IReadOnlyList<AttributeSyntax> attributes = ParseAttributes();
        ExpectSymbol(";", "after the computed value");
        return new LetSyntax(first.Place, name, value, attributes, DocOf(first, Previous));
    }

    private AssertSyntax ParseAssert()
    {
        Token first = Current;
        _index++;
        ExpressionSyntax condition = ParseExpression();
        ExpectSymbol(";", "after the assertion");
        return new AssertSyntax(first.Place, condition);
    }

    private CaseSyntax ParseCase()
    {
        Token first = Current;
        var conditions = new List<ExpressionSyntax>();
        if (first.IsWord("case"))
        {
            _index++;
            do
            {
                LimitMembers(conditions.Count * 16);
                conditions.Add(ParseExpression());
            }
            while (TakeSymbol(","));
        }
        else if (first.IsWord("default"))
        {
            _index++;
        }
        else
        {
            throw Fail("KK1002", $"{first.Shown} stands in a union; it holds `case VALUE:` and `default:`");
        }

        ExpectSymbol(":", "after the case");
        if (TakeSymbol("{"))
        {
            List<MemberSyntax> members = ParseMembers();
            TakeSymbol(";");
            return new CaseSyntax(first.Place, conditions, members);
        }

        return new CaseSyntax(first.Place, conditions, [ParseMember()]);
    }

    private BitmapSyntax ParseBitmap()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the bitmap");
        ExpectSymbol("[", "before the bitmap's number of bits");
        ExpressionSyntax count = ParseExpression();
        ExpectSymbol("]", "after the bitmap's number of bits");
        ClausesSyntax clauses = ParseClauses();
        ExpectSymbol(";", "after the bitmap");
        return new BitmapSyntax(first.Place, name, count, clauses, DocOf(first, Previous));
    }

    private FieldSyntax ParseInlineBits()
    {
        Token first = Current;
        BitsSyntax bits = ParseBits();
        ClausesSyntax clauses = ParseClauses();
        TakeSymbol(";");
        var declarator = new DeclaratorSyntax(bits.Name, false, null, null);
        return new FieldSyntax(first.Place, bits.Name, [declarator], clauses, bits.Doc, bits);
    }

    private FieldSyntax ParseField()
    {
        Token first = Current;
        bool? order = ParseMemberOrder();
        NameSyntax type = ParseDottedName("a type");
        var declarators = new List<DeclaratorSyntax>();
        do
        {
            LimitMembers(declarators.Count * 16);
            declarators.Add(ParseDeclarator());
        }
        while (TakeSymbol(","));
        SourcePlace clausesPlace = Current.Place;
        ClausesSyntax clauses = ParseClauses();
        if (declarators.Count > 1 && (clauses.Equal ?? clauses.At) is not null)
        {
            throw Fail(
                clausesPlace,
                "KK1010",
                "`=` and `at` would speak of several names at once; write one member for each name");
        }

        ExpectSymbol(";", "after the member");
        return new FieldSyntax(first.Place, type, declarators, clauses, DocOf(first, Previous), null)
        {
            IsLittleEndian = order,
        };
    }

    /// <summary><c>le TYPE name</c> or <c>be TYPE name</c>; a type may be called <c>le</c> all the same.</summary>
    private bool? ParseMemberOrder()
    {
        bool isOrder = (Current.IsWord("le") || Current.IsWord("be")) && Next.Kind == TokenKind.Word;
        int at = _index + 1;
        while (isOrder && _tokens[at + 1].IsSymbol(".") && _tokens[at + 2].Kind == TokenKind.Word)
        {
            at += 2;
        }

        Token name = _tokens[Math.Min(at + 1, _tokens.Count - 1)];
        bool isName = name.Kind == TokenKind.Word && (name.IsQuoted || !ClauseOrder.Contains(name.Text));
        if (!isOrder || !isName)
        {
            return null;
        }

        bool isLittle = Current.Text == "le";
        _index++;
        return isLittle;
    }

    private DeclaratorSyntax ParseDeclarator()
    {
        if (Current.IsSymbol(":"))
        {
            return ParseWidth(new NameSyntax("", Current.Place));
        }

        NameSyntax name = ExpectName("a field");
        if (Current.IsSymbol(":"))
        {
            return ParseWidth(name);
        }

        bool isArray = false;
        ExpressionSyntax? count = null;
        ExpressionSyntax? max = null;
        if (TakeSymbol("["))
        {
            isArray = true;
            bool isMax = Current.IsWord("max") && !Next.IsSymbol("]");
            if (!isMax && !Current.IsSymbol("]"))
            {
                count = ParseExpression();
            }

            if (Current.IsWord("max"))
            {
                _index++;
                max = ParseExpression();
            }

            ExpectSymbol("]", "after the number of elements");
        }

        if (Current.IsSymbol("["))
        {
            throw Fail("KK1002", "an array of arrays is not in the language; multiply the counts or name a structure");
        }

        List<ArgumentSyntax>? arguments = null;
        if (TakeSymbol("("))
        {
            arguments = ParseArguments();
        }

        return new DeclaratorSyntax(name, isArray, count, arguments) { Max = max };
    }

    /// <summary>A bit field of C; without a name it only takes room.</summary>
    private DeclaratorSyntax ParseWidth(NameSyntax name)
    {
        _index++;
        return new DeclaratorSyntax(name, false, null, null) { Width = ParseExpression() };
    }

    private List<ArgumentSyntax> ParseArguments()
    {
        var arguments = new List<ArgumentSyntax>();
        do
        {
            LimitMembers(arguments.Count * 128);
            NameSyntax? name = null;
            if (Current.Kind == TokenKind.Word && Next.IsSymbol("="))
            {
                name = ExpectName("a parameter");
                _index++;
            }

            arguments.Add(new ArgumentSyntax(name, ParseExpression()));
        }
        while (TakeSymbol(","));
        ExpectSymbol(")", "after the arguments");
        return arguments;
    }

    private ClausesSyntax ParseClauses()
    {
        ClausesSyntax clauses = ClausesSyntax.None;
        var attributes = new List<AttributeSyntax>();
        int last = -1;
        while (true)
        {
            LimitMembers(attributes.Count * 32);
            attributes.AddRange(ParseAttributes());
            Token token = Current;
            int rank = token.Kind == TokenKind.Symbol || (token.Kind == TokenKind.Word && !token.IsQuoted)
                ? Array.IndexOf(ClauseOrder, token.Text)
                : -1;
            if (rank < 0)
            {
                return clauses with { Attributes = attributes };
            }

            // A default may also stand behind the version that it is for: `u32 flags since 2 = 0;`.
            bool isLateDefault = token.Text == "=" && clauses.Since is not null && clauses.Equal is null;
            if (rank <= last && !isLateDefault)
            {
                throw Fail("KK1009", $"{token.Shown} comes too late; the order is `=`, `at`, `if`, `where`, `since`, "
                    + "`until`, `check`, `transform`, each once");
            }

            last = Math.Max(rank, last);
            _index++;
            clauses = ParseClause(token, clauses);
        }
    }

    private ClausesSyntax ParseClause(Token token, ClausesSyntax clauses)
    {
        switch (token.Text)
        {
            case "=":
                return clauses with { Equal = ParseExpression() };
            case "at":
                return clauses with { At = ParseExpression() };
            case "if":
                return clauses with { If = ParseExpression() };
            case "where":
                return clauses with { Where = ParseExpression() };
            case "until" when Current.IsWord("end"):
                _index++;
                return clauses with { UntilEnd = true };
            case "until":
                return clauses with { Until = ParseExpression() };
            case "since":
                return clauses with { Since = ParseExpression() };
            case "transform":
                return clauses with { Transform = ParseTransformClause() };
            default:
                return clauses with { Check = ParseCheckTerms() };
        }
    }
}

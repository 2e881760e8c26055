namespace KernKit.Layout.Compiler.Syntax;

/// <summary>References, the declarations of checks, and the clause that asks for one.</summary>
internal sealed partial class Parser
{
    /// <summary>Ranges, arguments or terms of one check.</summary>
    private const int CheckPartsMax = 32;

    /// <summary><c>ref NAME[n bytes] at BASE + expr;</c> or <c>ref TYPE NAME[count] at BASE + expr;</c></summary>
    private ReferenceSyntax ParseReference()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ParseDottedName("the reference, or of what it refers to,");
        NameSyntax? type = null;
        if (Current.Kind == TokenKind.Word && !Current.IsWord("at"))
        {
            type = name;
            name = ExpectName("the reference");
        }

        ExpressionSyntax? count = null;
        if (TakeSymbol("["))
        {
            count = ParseExpression();
            if (type is null)
            {
                ExpectWord("bytes", "after the number of bytes");
            }

            ExpectSymbol("]", "after what the reference reaches");
        }
        else if (type is null)
        {
            throw Fail("KK1002", "the length is missing: write `ref name[n bytes] at ...` or `ref type name at ...`");
        }

        ExpectWord("at", "before the place that the reference names");
        string space = ParseBase();
        bool isAtStart = Current.IsSymbol(";") || Current.IsWord("if") || Current.IsWord("transform")
            || Current.IsSymbol("@");
        ExpressionSyntax at = isAtStart
            ? new NumberSyntax(Current.Place, "0", 0)
            : ParseExpression();
        ExpressionSyntax? condition = null;
        if (Current.IsWord("if"))
        {
            _index++;
            condition = ParseExpression();
        }

        TransformClauseSyntax? transform = null;
        if (Current.IsWord("transform"))
        {
            _index++;
            transform = ParseTransformClause();
        }

        IReadOnlyList<AttributeSyntax> attributes = ParseAttributes();
        ExpectSymbol(";", "after the reference");
        string doc = DocOf(first, Previous);
        return new ReferenceSyntax(first.Place, type, name, count, space, at, condition, attributes, doc)
        {
            Transform = transform,
        };
    }

    /// <summary><c>self</c>, <c>file</c> or <c>space(name)</c>, and a <c>+</c> if something is added.</summary>
    private string ParseBase()
    {
        string space;
        if (Current.IsWord("self") || Current.IsWord("file"))
        {
            space = Current.Text;
            _index++;
        }
        else if (Current.IsWord("space") && Next.IsSymbol("("))
        {
            _index += 2;
            space = ExpectName("the space").Text;
            ExpectSymbol(")", "after the name of the space");
        }
        else
        {
            throw Fail("KK1002", $"{Current.Shown} is no base: an offset counts from `self`, `file` or `space(name)`");
        }

        TakeSymbol("+");
        return space;
    }

    private void ExpectWord(string word, string where)
    {
        if (!Current.IsWord(word))
        {
            throw Fail("KK1002", $"`{word}` is missing {where}, before {Current.Shown}; add it");
        }

        _index++;
    }

    /// <summary><c>check NAME(type name, ..., bytes...) { case expr: algorithm; default: algorithm; }</c></summary>
    private CheckSyntax ParseCheckDeclaration()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the check");
        (List<ParameterSyntax> parameters, List<ChoiceSyntax> cases) = ParseChoice(takesSeeds: true);
        return new CheckSyntax(name, DocOf(first, Previous), parameters, cases);
    }

    private TransformSyntax ParseTransformDeclaration()
    {
        Token first = Current;
        _index++;
        NameSyntax name = ExpectName("the transform");
        (List<ParameterSyntax> parameters, List<ChoiceSyntax> cases) = ParseChoice(takesSeeds: false);
        return new TransformSyntax(name, DocOf(first, Previous), parameters, cases);
    }

    /// <summary><c>extern function NAME(type name, ...) -> type;</c></summary>
    private FunctionSyntax ParseFunction()
    {
        Token first = Current;
        _index++;
        ExpectWord("function", "after `extern`");
        NameSyntax name = ExpectName("the function");
        ExpectSymbol("(", "before the parameters of the function");
        var parameters = new List<ParameterSyntax>();
        while (!Current.IsSymbol(")"))
        {
            LimitMembers(parameters.Count * 512);
            NameSyntax type = ParseDottedName("a parameter's type");
            parameters.Add(new ParameterSyntax(type, ExpectName("a parameter")));
            if (!TakeSymbol(",") && !Current.IsSymbol(")"))
            {
                throw Fail("KK1002", $"`,` or `)` is missing after the parameter, before {Current.Shown}; add it");
            }
        }

        _index++;
        ExpectSymbol("->", "before the type of the result");
        NameSyntax result = ParseDottedName("the result's type");
        ExpectSymbol(";", "after the function");
        return new FunctionSyntax(name, DocOf(first, Previous), parameters, result);
    }

    /// <summary>The clause behind the word <c>transform</c>.</summary>
    private TransformClauseSyntax ParseTransformClause()
    {
        NameSyntax name = ParseDottedName("a transform");
        var arguments = new List<ExpressionSyntax>();
        if (TakeSymbol("("))
        {
            while (!Current.IsSymbol(")"))
            {
                LimitMembers(arguments.Count * 512);
                arguments.Add(ParseExpression());
                if (!TakeSymbol(",") && !Current.IsSymbol(")"))
                {
                    throw Fail("KK1002", $"`,` or `)` is missing after the argument, before {Current.Shown}; add it");
                }
            }

            _index++;
        }

        ExpressionSyntax? max = null;
        if (Current.IsWord("max"))
        {
            _index++;
            max = ParseExpression();
        }

        return new TransformClauseSyntax(name, arguments, max);
    }

    /// <summary>Parameters, <c>bytes...</c>, and the cases that choose.</summary>
    private (List<ParameterSyntax> Parameters, List<ChoiceSyntax> Cases) ParseChoice(bool takesSeeds)
    {
        ExpectSymbol("(", "before the parameters");
        var parameters = new List<ParameterSyntax>();
        while (!(Current.IsWord("bytes") && Next.IsSymbol("..")))
        {
            LimitMembers(parameters.Count * 128);
            NameSyntax type = ParseDottedName("a parameter's type");
            parameters.Add(new ParameterSyntax(type, ExpectName("a parameter")));
            ExpectSymbol(",", "between a parameter and `bytes...`");
        }

        _index += 2;
        ExpectSymbol(".", "to end `bytes...`");
        ExpectSymbol(")", "after `bytes...`");
        ExpectSymbol("{", "before the cases");
        var cases = new List<ChoiceSyntax>();
        while (!Current.IsSymbol("}"))
        {
            LimitMembers(cases.Count * 64);
            ExpressionSyntax? condition = null;
            if (Current.IsWord("case"))
            {
                _index++;
                condition = ParseExpression();
            }
            else
            {
                ExpectWord("default", "or `case`");
            }

            ExpectSymbol(":", "after the case");
            NameSyntax algorithm = ExpectName("an algorithm");
            ExpressionSyntax? seed = null;
            if (takesSeeds && TakeSymbol("("))
            {
                seed = ParseExpression();
                ExpectSymbol(")", "after the seed");
            }

            cases.Add(new ChoiceSyntax(condition, algorithm, seed));
            ExpectSymbol(";", "after the algorithm");
        }

        _index++;
        TakeSymbol(";");
        return (parameters, cases);
    }

    /// <summary><c>check crc(version, self[.. a]) ^ crc(version, self[end(a) ..])</c></summary>
    private List<CheckTermSyntax> ParseCheckTerms()
    {
        var terms = new List<CheckTermSyntax>();
        do
        {
            LimitMembers(terms.Count * (MembersMax / CheckPartsMax));
            NameSyntax algorithm = ParseDottedName("an algorithm or of a check");
            ExpectSymbol("(", "before what is checked");
            var arguments = new List<CheckArgumentSyntax>();
            do
            {
                LimitMembers(arguments.Count * (MembersMax / CheckPartsMax));
                arguments.Add(ParseCheckArgument());
            }
            while (TakeSymbol(","));
            ExpectSymbol(")", "after what is checked");
            terms.Add(new CheckTermSyntax(algorithm, arguments));
        }
        while (TakeSymbol("^"));
        return terms;
    }

    private CheckArgumentSyntax ParseCheckArgument()
    {
        int start = _index;
        SourcePlace place = Current.Place;
        ExpressionSyntax? value = null;
        CheckPointSyntax? from = null;
        CheckPointSyntax? to = null;
        bool isSelf = Current.IsWord("self");
        if (!isSelf)
        {
            value = ParseExpression();
        }
        else
        {
            _index++;
            if (TakeSymbol("["))
            {
                from = Current.IsSymbol("..") ? null : ParsePoint();
                ExpectSymbol("..", "between the ends of the range");
                to = Current.IsSymbol("]") ? null : ParsePoint();
                ExpectSymbol("]", "after the range");
            }
        }

        var zeroed = new List<NameSyntax>();
        if (Current.IsWord("zeroing"))
        {
            do
            {
                _index++;
                LimitMembers(zeroed.Count * (MembersMax / CheckPartsMax));
                zeroed.Add(ExpectName("a field that counts as zero"));
            }
            while (Current.IsSymbol("&"));
        }

        return new CheckArgumentSyntax(place, TextSince(start), isSelf, value, from, to, zeroed);
    }

    private CheckPointSyntax ParsePoint()
    {
        bool isEnd = Current.IsWord("end") && Next.IsSymbol("(");
        if (!isEnd)
        {
            return new CheckPointSyntax(ParseExpression(), false);
        }

        _index += 2;
        NameSyntax field = ExpectName("a field");
        ExpectSymbol(")", "after the field");
        return new CheckPointSyntax(new NameExpressionSyntax(field.Place, field.Text), true);
    }
}

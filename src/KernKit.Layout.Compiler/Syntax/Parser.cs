using System.Text;
using KernKit.Layout.Compiler.Diagnostics;

namespace KernKit.Layout.Compiler.Syntax;

/// <summary>Turns tokens into a tree by recursive descent, one token of look-ahead at declaration level.</summary>
/// <remarks>
/// No word is reserved: an opener counts only as the first token of a declaration, a clause word only after a
/// declarator. An error throws <see cref="SyntaxError"/> up to the nearest list of declarations or members, which
/// skips to the next <c>;</c> or <c>}</c> and goes on: one run shows many errors. Nesting is counted, so that the
/// text cannot exhaust the stack.
/// </remarks>
internal sealed partial class Parser
{
    /// <summary>Levels of braces and parentheses: deeper than any real structure, far from the stack's end.</summary>
    public const int NestingMax = 64;

    private readonly DiagnosticBag _diagnostics;
    private readonly IReadOnlyList<Token> _tokens;
    private readonly IReadOnlyDictionary<int, string> _trailingDocs;
    private int _index;
    private int _nesting;

    private Parser(SourceFile file, DiagnosticBag diagnostics)
    {
        _diagnostics = diagnostics;
        (_tokens, _trailingDocs) = Lexer.Run(file, diagnostics);
    }

    private Token Current => _tokens[_index];

    private Token Next => _tokens[Math.Min(_index + 1, _tokens.Count - 1)];

    private Token Previous => _tokens[Math.Max(_index - 1, 0)];

    public static FileSyntax Parse(SourceFile file, DiagnosticBag diagnostics)
    {
        var parser = new Parser(file, diagnostics);
        var syntax = new FileSyntax();
        parser.ParseFile(syntax);
        return syntax;
    }

    private void ParseFile(FileSyntax file)
    {
        try
        {
            ParseVersion();
        }
        catch (SyntaxError)
        {
            // A file that does not begin with `layout` is probably no schema: one message says it all.
            return;
        }

        while (Current.Kind != TokenKind.End && !_diagnostics.IsFull)
        {
            int start = _index;
            try
            {
                ParseTopLevel(file);
            }
            catch (SyntaxError)
            {
                _nesting = 0;
                Recover(start, isTopLevel: true);
            }
        }
    }

    private void ParseVersion()
    {
        if (!Current.IsWord("layout"))
        {
            throw Fail("KK1001", $"a schema begins with `layout 1;`, not with {Current.Shown}; write that first");
        }

        _index++;
        if (Current.Kind != TokenKind.Number || !Current.Value.IsOne)
        {
            throw Fail("KK1001", $"{Current.Shown} is no version of the language that this compiler knows; write "
                + $"`layout 1;`");
        }

        _index++;
        ExpectSymbol(";", "after `layout 1`");
    }

    private void ParseTopLevel(FileSyntax file)
    {
        Token opener = Current;
        if (opener.Kind != TokenKind.Word || opener.IsQuoted)
        {
            throw Fail("KK1002", $"{opener.Shown} begins no declaration; {DeclarationList}");
        }

        switch (opener.Text)
        {
            case "namespace":
                _index++;
                SetOnce(file.Namespace is not null, opener, "the namespace");
                file.Namespace = ParseDottedName("a namespace");
                ExpectSymbol(";", "after the namespace");
                break;
            case "source":
                ParseSource(file);
                break;
            case "import":
                _index++;
                file.Imports.Add((Expect(TokenKind.Text, "the path of a schema, as a string,").Text, Previous.Place));
                ExpectSymbol(";", "after the import");
                break;
            case "order":
            case "param":
                ParseOrder(file);
                break;
            default:
                file.Declarations.Add(ParseDeclaration());
                break;
        }
    }

    private const string DeclarationList =
        "a file holds `namespace`, `source`, `import`, `order`, `param order`, `const`, `enum`, `flags`, `bits`, "
        + "`alias`, `check`, `struct`, `message`, `transform`, "
        + "`extern function` and `format`";

    private void ParseSource(FileSyntax file)
    {
        Token opener = Current;
        _index++;
        SetOnce(file.Source.Length > 0, opener, "the source");
        file.Source = Expect(TokenKind.Text, "the source of the facts, as a string,").Text;
        if (Current.IsWord("license"))
        {
            _index++;
            file.License = Expect(TokenKind.Text, "the licence's SPDX identifier, as a string,").Text;
        }

        ExpectSymbol(";", "after the source");
    }

    private void ParseOrder(FileSyntax file)
    {
        Token opener = Current;
        if (opener.Text == "param" && Next.IsWord("abi"))
        {
            ParseAbi(file);
            return;
        }

        SetOnce(file.Order is not null, opener, "the byte order");
        _index++;
        if (opener.Text == "param")
        {
            if (!Current.IsWord("order"))
            {
                throw Fail("KK1002",
                    $"{Current.Shown} is no parameter of a file; write `param order O;` or `param abi A;`");
            }

            _index++;
            file.OrderParameter = ExpectName("the order parameter").Text;
            file.Order = "param";
        }
        else
        {
            file.Order = ExpectOrderWord();
        }

        ExpectSymbol(";", "after the byte order");
    }

    /// <summary><c>param abi A;</c> for all of them, <c>param abi A = lp64, i386;</c> for some.</summary>
    private void ParseAbi(FileSyntax file)
    {
        SetOnce(file.AbiParameter.Length > 0, Current, "the ABI");
        _index += 2;
        file.AbiParameter = ExpectName("the ABI parameter").Text;
        if (TakeSymbol("="))
        {
            do
            {
                LimitMembers(file.Abis.Count * 128);
                file.Abis.Add(ExpectName("an ABI"));
            }
            while (TakeSymbol(","));
        }

        ExpectSymbol(";", "after the ABIs");
    }

    private string ExpectOrderWord()
    {
        if (!Current.IsWord("le") && !Current.IsWord("be"))
        {
            throw Fail("KK1002", $"{Current.Shown} is no byte order; write `le` or `be`");
        }

        _index++;
        return Previous.Text;
    }

    private void SetOnce(bool isSet, Token opener, string what)
    {
        if (isSet)
        {
            _diagnostics.Error(opener.Place, "KK1013", $"{what} is stated twice; keep one");
        }
    }

    private DeclarationSyntax ParseDeclaration()
    {
        Token opener = Current;
        switch (opener.Text)
        {
            case "const":
                return ParseConstant();
            case "enum":
            case "flags":
                return ParseEnum(opener.Text == "flags");
            case "bits":
                return ParseBits();
            case "struct":
                return ParseStruct();
            case "alias":
                return ParseAlias();
            case "format":
                return ParseFormat();
            case "check":
                return ParseCheckDeclaration();
            case "transform":
                return ParseTransformDeclaration();
            case "extern":
                return ParseFunction();
            case "message":
                return ParseMessage();
            case "union" or "service" or "extends" or "raises":
                throw Fail("KK1008", $"`{opener.Text}` is kept for a later version of the language; {DeclarationList}");
            default:
                throw Fail("KK1002", $"{opener.Shown} begins no declaration; {DeclarationList}");
        }
    }

    /// <summary>Skips to behind the next <c>;</c>, or behind the block that the failed declaration opened.</summary>
    private void Recover(int start, bool isTopLevel)
    {
        // Count the braces between the start of the broken item and here: inside them, `;` ends nothing of ours.
        int depth = 0;
        for (int i = start; i < _index; i++)
        {
            depth += _tokens[i].IsSymbol("{") ? 1 : _tokens[i].IsSymbol("}") ? -1 : 0;
        }

        depth = Math.Max(depth, 0);
        for (; Current.Kind != TokenKind.End; _index++)
        {
            if (Current.IsSymbol("{"))
            {
                depth++;
            }
            else if (Current.IsSymbol("}"))
            {
                if (depth == 0 && !isTopLevel)
                {
                    return;
                }

                depth = Math.Max(depth - 1, 0);
                if (depth == 0)
                {
                    _index++;
                    break;
                }
            }
            else if (Current.IsSymbol(";") && depth == 0)
            {
                _index++;
                break;
            }
        }

        if (_index == start && Current.Kind != TokenKind.End)
        {
            _index++;
        }
    }

    private SyntaxError Fail(string code, string message) => Fail(Current.Place, code, message);

    private SyntaxError Fail(SourcePlace place, string code, string message)
    {
        _diagnostics.Error(place, code, message);
        return new SyntaxError();
    }

    private void Enter(Token at)
    {
        if (++_nesting > NestingMax)
        {
            throw Fail(at.Place, "KK1006", $"this is nested deeper than {NestingMax} levels; name the inner parts");
        }
    }

    private void Leave() => _nesting--;

    private Token Expect(TokenKind kind, string what)
    {
        if (Current.Kind != kind)
        {
            throw Fail("KK1002", $"{Current.Shown} stands where {what} belongs; write it there");
        }

        return _tokens[_index++];
    }

    private NameSyntax ExpectName(string what)
    {
        Token token = Expect(TokenKind.Word, "the name of " + what);
        if (token.Text.Length > 128)
        {
            throw Fail(token.Place, "KK1006", "this name is longer than 128 characters; shorten it");
        }

        return new NameSyntax(token.Text, token.Place);
    }

    private NameSyntax ParseDottedName(string what)
    {
        NameSyntax first = ExpectName(what);
        var text = new StringBuilder(first.Text);
        for (int parts = 1; Current.IsSymbol("."); parts++)
        {
            if (parts >= 16)
            {
                throw Fail("KK1006", "a dotted name has at most 16 parts; shorten it");
            }

            _index++;
            text.Append('.').Append(ExpectName(what).Text);
        }

        return new NameSyntax(text.ToString(), first.Place);
    }

    private void ExpectSymbol(string symbol, string where)
    {
        if (!Current.IsSymbol(symbol))
        {
            throw Fail("KK1002", $"`{symbol}` is missing {where}, before {Current.Shown}; add it");
        }

        _index++;
    }

    private bool TakeSymbol(string symbol)
    {
        if (!Current.IsSymbol(symbol))
        {
            return false;
        }

        _index++;
        return true;
    }

    /// <summary>The doc above a declaration's first token, and the one behind its last token on its line.</summary>
    private string DocOf(Token first, Token last)
    {
        string doc = first.Doc;
        int line = last.Place.Line;
        int after = _index;
        bool isLastOnLine = after >= _tokens.Count || _tokens[after].Kind == TokenKind.End
            || _tokens[after].Place.Line != line;
        if (isLastOnLine && _trailingDocs.TryGetValue(line, out string? trailing))
        {
            doc = doc.Length == 0 ? trailing : doc + "\n" + trailing;
        }

        return doc;
    }

    /// <summary>Unwinds to the nearest list of declarations or members; the message is already reported.</summary>
    private sealed class SyntaxError : Exception;
}

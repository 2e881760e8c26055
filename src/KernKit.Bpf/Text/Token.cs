namespace KernKit.Bpf.Text;

/// <summary>What a token of assembly is; the letter stands for it in a line's shape.</summary>
internal enum TokenKind
{
    /// <summary>r0 to r15.</summary>
    Register,

    /// <summary>w0 to w15.</summary>
    Half,

    /// <summary>A number with its sign.</summary>
    Number,

    /// <summary>A number with its sign behind a register: the offset of a memory operand.</summary>
    Offset,

    /// <summary>A word that the syntax does not know: a label.</summary>
    Label,

    /// <summary>A word or operator of the syntax.</summary>
    Literal,
}

/// <summary>One token of a line.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written, without the sign of numbers.</param>
/// <param name="Value">The register's or the number's value.</param>
internal readonly record struct Token(TokenKind Kind, string Text, Int128 Value = default);

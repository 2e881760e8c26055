namespace KernKit.Bpf.Predicates;

internal enum BoundKind
{
    Number,

    /// <summary>Nanoseconds since 1970.</summary>
    Time,

    /// <summary>Nanoseconds.</summary>
    Duration,

    /// <summary>A field of text.</summary>
    Text,

    /// <summary>A field of bytes.</summary>
    Bytes,

    /// <summary>A string as written.</summary>
    String,

    /// <summary>x"...".</summary>
    Hex,

    Condition,
}

/// <summary>An expression with its meaning.</summary>
internal sealed record Bound(BoundKind Kind, Syntax Syntax)
{
    public ValueNode? Value { get; init; }

    public ConditionNode? Condition { get; init; }

    public PredicateField? Field { get; init; }

    public int Offset { get; init; }

    /// <summary>Whether it is a number of some kind.</summary>
    public bool IsValue => Value is not null;

    /// <summary>What it is, for messages.</summary>
    public string Shown => Kind switch
    {
        BoundKind.Number => "a number",
        BoundKind.Time => "a time",
        BoundKind.Duration => "a duration",
        BoundKind.Text => "text",
        BoundKind.Bytes => "bytes",
        BoundKind.String => "a string",
        BoundKind.Hex => "x\"...\"",
        _ => "a condition",
    };
}

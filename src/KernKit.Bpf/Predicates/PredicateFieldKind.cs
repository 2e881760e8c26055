namespace KernKit.Bpf;

/// <summary>What a field of a record holds, for predicates.</summary>
public enum PredicateFieldKind
{
    /// <summary>An integer.</summary>
    Number,

    /// <summary>A point in time, counted since 1970-01-01T00:00:00Z.</summary>
    Time,

    /// <summary>Text: raw bytes, up to the first NUL or as many as another field says.</summary>
    Text,

    /// <summary>Bytes, all of which count.</summary>
    Bytes,
}

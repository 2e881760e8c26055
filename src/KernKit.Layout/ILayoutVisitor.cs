namespace KernKit.Layout;

/// <summary>
/// Walks what a view holds, for tools: generated views call it for every field that is there, in order.
/// </summary>
/// <remarks>
/// Offsets count from the structure that was begun last. Depth is that of the schema, never of the data: references
/// are values and nobody follows them here.
/// </remarks>
public interface ILayoutVisitor
{
    /// <summary>An integer, an enumeration value or a run of bits.</summary>
    /// <param name="name">The field's name in its schema; "" for an element of an array.</param>
    /// <param name="offset">Bytes from the start of the structure; -1 for a value without bytes of its own.</param>
    /// <param name="value">The value; unsigned 128-bit ones over 127 bits are cut to the largest.</param>
    /// <param name="symbol">The name that the schema gives to the value, or null.</param>
    void VisitNumber(string name, long offset, Int128 value, string? symbol);

    /// <summary>An IEEE float.</summary>
    /// <param name="name">The field's name in its schema; "" for an element of an array.</param>
    /// <param name="offset">Bytes from the start of the structure.</param>
    /// <param name="value">The value.</param>
    void VisitReal(string name, long offset, double value);

    /// <summary>Raw bytes, text or a bitmap.</summary>
    /// <param name="name">The field's name in its schema.</param>
    /// <param name="offset">Bytes from the start of the structure.</param>
    /// <param name="bytes">All of them; anything may be in them.</param>
    /// <param name="isText">True if the schema says <c>char</c>.</param>
    void VisitBytes(string name, long offset, ReadOnlySpan<byte> bytes, bool isText);

    /// <summary>A place of something elsewhere.</summary>
    /// <param name="name">The reference's name in its schema.</param>
    /// <param name="reference">The place.</param>
    void VisitReference(string name, in LayoutReference reference);

    /// <summary>A nested structure begins.</summary>
    /// <param name="name">The field's name in its schema; "" for an element of an array.</param>
    /// <param name="offset">Bytes from the start of the structure around it.</param>
    /// <param name="type">The structure's name in its schema.</param>
    /// <returns>False to skip it; its end is not told then.</returns>
    bool BeginStructure(string name, long offset, string type);

    /// <summary>The structure that was begun last ends.</summary>
    void EndStructure();

    /// <summary>Elements follow.</summary>
    /// <param name="name">The field's name in its schema.</param>
    /// <param name="offset">Bytes from the start of the structure; elements count from the structure too.</param>
    /// <param name="count">How many there are; -1 if nobody knows before the walk.</param>
    /// <returns>How many of them to show, 0 or more.</returns>
    int BeginArray(string name, long offset, int count);

    /// <summary>The array that was begun last ends.</summary>
    void EndArray();

    /// <summary>Something that cannot be read: a record in the middle of a run.</summary>
    /// <param name="issue">What is wrong.</param>
    void VisitIssue(in LayoutIssue issue);
}

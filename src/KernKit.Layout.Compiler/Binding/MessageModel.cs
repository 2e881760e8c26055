namespace KernKit.Layout.Compiler.Binding;

/// <summary>A message of one's own, made to grow: new fields may be appended, and old readers skip them.</summary>
/// <remarks>
/// <code>
///   0      4   6        8           10         12
///   total  id  version  fixed size  part count fixed fields ...  { length, bytes } ...
/// </code>
/// Fields lie in order of the version that added them, then of declaration, wherever they are written in the schema;
/// fields that were dropped keep their place. So a reader finds what it knows at constant offsets, tells by the fixed
/// size what is there, and keeps what it does not know.
/// </remarks>
internal sealed class MessageModel(string name, string csName, string doc, StructType @fixed)
{
    /// <summary>Bytes before the fixed fields.</summary>
    public const int HeaderSize = 12;

    public string Name { get; } = name;

    public string CsName { get; } = csName;

    public string Doc { get; } = doc;

    /// <summary>The header (5 fields, whose names begin with <c>header.</c>) and the fixed fields.</summary>
    public StructType Fixed { get; } = @fixed;

    public int Id { get; init; }

    public int Version { get; init; }

    /// <summary>The fixed fields without the header.</summary>
    public List<MessageField> Fields { get; } = [];

    public List<MessagePart> Parts { get; } = [];

    /// <summary>Bytes of the header and of the fixed fields of version 1.</summary>
    public int LeastSize { get; set; }

    public string EncoderName => CsName + "Encoder";
}

/// <summary>A field at a constant offset.</summary>
/// <param name="Field">Its place and type.</param>
/// <param name="Since">The first version that has it, 1 or more.</param>
/// <param name="Until">The first version that lacks it again, or null.</param>
/// <param name="Default">What it counts as where it is absent; 0 if nothing is stated.</param>
/// <param name="End">Bytes from the start of the message to behind it.</param>
internal sealed record MessageField(
    FieldModel Field, int Since, int? Until, System.Numerics.BigInteger Default, int End);

internal enum PartKind
{
    /// <summary>UTF-8.</summary>
    Text,

    Bytes,

    Scalars,

    Structures,
}

/// <summary>A part of run-time length, behind its length in bytes (u32).</summary>
internal sealed record MessagePart(
    string Name, string CsName, string Doc, PartKind Kind, TypeModel Type, int Unit, int Max, int Since, int? Until);

using System.Numerics;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>A structure that can be decoded, or a message.</summary>
/// <remarks>Made by <see cref="LayoutSchema"/>.</remarks>
public sealed class LayoutStructure
{
    private readonly MessageModel? _message;

    internal LayoutStructure(StructType type) => Type = type;

    internal LayoutStructure(MessageModel message)
        : this(message.Fixed) => _message = message;

    /// <summary>Its name in the schema.</summary>
    public string Name => Type.Name;

    /// <summary>The namespace of its file, or "".</summary>
    public string Namespace => Type.Unit.Namespace;

    /// <summary>Its documentation, or "".</summary>
    public string Doc => Type.Doc;

    /// <summary>Its size in bytes; null if only its bytes tell.</summary>
    public int? Size => _message is null ? Type.Size : null;

    /// <summary>True if its byte order is a parameter.</summary>
    public bool NeedsOrder => Type.HasOrderParameter;

    /// <summary>The names of the values that have to be given, in order.</summary>
    public IReadOnlyList<string> Parameters => [.. Type.Parameters.Select(static parameter => parameter.Name)];

    /// <summary>Where the fields lie, one line each: what predicates are compiled against (KernKit.Bpf's
    /// FieldTable). Only those at constant places are in it.</summary>
    public string FieldTable => FieldTableEmitter.Of(Type);

    internal StructType Type { get; }

    /// <summary>Decodes the structure at one place of some bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="offset">Where it starts; an offset behind the end is reported, not thrown.</param>
    /// <param name="options">Order, arguments, limits.</param>
    /// <param name="visitor">Takes the parts and the violations.</param>
    /// <exception cref="ArgumentException">A value that the structure needs is not among the arguments.</exception>
    public void Decode(
        ILayoutSource source,
        long offset,
        LayoutDecodeOptions options,
        ILayoutVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(visitor);
        StructType type = Type;
        var pages = new PagedSource(source);
        string name = type.Name;
        if (offset < 0 || offset > pages.Length)
        {
            visitor.Report(new LayoutFinding(offset, name, $"lies behind the end, which is at {pages.Length}"));
            return;
        }

        if (_message is not null)
        {
            long end = offset + Math.Min(pages.Length - offset, options.BytesMax);
            new Walker(options, visitor).WalkMessage(pages, _message, offset, end);
            return;
        }

        long limit = offset + Math.Min(pages.Length - offset, type is { Size: int size, HasOutOfLine: false }
            ? size
            : options.BytesMax);
        var frame = new Frame(pages, type, offset, limit, options.IsLittleEndian);
        foreach (ParameterModel parameter in type.Parameters)
        {
            frame.Arguments[parameter] = options.Arguments.TryGetValue(parameter.Name, out BigInteger value)
                ? value
                : throw new ArgumentException($"{name} needs a value for `{parameter.Name}`", nameof(options));
        }

        var walker = new Walker(options, visitor);
        Opener.Open(frame, (at, path, message) =>
            walker.Report(at, path.Length == 0 ? name : name + "." + path, message));
        walker.Walk(frame, name, name, 0);
    }
}

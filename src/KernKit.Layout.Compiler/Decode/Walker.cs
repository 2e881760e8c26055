using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>Walks over the fields of a structure, and over what they hold.</summary>
/// <remarks>
/// Structures nest as types do, and the depth is bounded besides; sequences are walked in a loop. So neither the stack
/// nor memory depends on the bytes: what a node carries is bounded, and a node is handed on before the next is made.
/// </remarks>
internal sealed partial class Walker(LayoutDecodeOptions options, ILayoutVisitor visitor)
{
    /// <summary>Elements that rules are checked for, in all.</summary>
    private const long CheckedMax = 16 << 20;

    private int _nodes;
    private long _checked;
    private bool _isFull;
    private readonly HashSet<string> _unfetched = [];

    public void Walk(Frame frame, string path, string name, int depth)
    {
        long size = frame.Length ?? frame.Limit - frame.Start;
        if (!Visit(new LayoutNode
        {
            Path = path,
            Name = name,
            Depth = depth,
            Offset = frame.Start,
            Size = size,
            Kind = LayoutNodeKind.Structure,
            Type = frame.Type.Name,
            Doc = depth == 0 ? frame.Type.Doc : "",
        }))
        {
            return;
        }

        if (depth >= options.DepthMax)
        {
            Report(frame.Start, path, $"nested deeper than {options.DepthMax} structures, not shown");
            return;
        }

        foreach (FieldModel field in frame.Type.Fields)
        {
            if (_isFull)
            {
                return;
            }

            WalkField(frame, field, path, depth + 1);
        }

        foreach (ComputedModel computed in frame.Type.Computed)
        {
            WalkComputed(frame, computed, path, depth + 1);
        }

        foreach (ReferenceModel reference in frame.Type.References)
        {
            WalkReference(frame, reference, path, depth + 1);
        }

        foreach (CheckModel check in frame.IsPartial ? [] : frame.Type.Checks)
        {
            Verify(frame, check, path);
        }

        foreach (AssertionModel assertion in frame.Type.Assertions)
        {
            if (!frame.IsPartial && !new Evaluator(frame).Condition(assertion.Condition))
            {
                Report(frame.Start, path, $"must satisfy {assertion.Text}");
            }
        }

        foreach (ZeroModel zero in frame.Type.Zeros)
        {
            CheckZero(frame, zero, path);
        }
    }

    public void Report(long offset, string path, string message) =>
        visitor.Report(new LayoutFinding(offset, path, message));

    private static string Join(string path, string inner) => inner.Length == 0 ? path : path + "." + inner;

    private bool Visit(LayoutNode node)
    {
        if (_isFull || _nodes++ >= options.NodesMax)
        {
            if (!_isFull)
            {
                Report(node.Offset, node.Path, $"more than {options.NodesMax} parts, the rest is not shown");
            }

            _isFull = true;
            return false;
        }

        visitor.Visit(node);
        return true;
    }

    private void WalkField(Frame frame, FieldModel field, string owner, int depth)
    {
        string path = Join(owner, field.Name);
        if (frame.Find(field) is not long at)
        {
            if (field.OutOfLineAt is not null)
            {
                Report(frame.Start, path, $"lies outside of the bytes: at {field.OutOfLineText}");
            }

            return;
        }

        if (frame.CountOf(field) is not BigInteger count || count < 0)
        {
            return;
        }

        int unit = FieldCode.UnitOf(field);
        BigInteger bytes = field.Shape == FieldShape.Bitmap ? (count + 7) / 8 : count * unit;
        bool isNested = field.Shape is FieldShape.Structure or FieldShape.Records;
        if (!isNested && bytes > frame.Limit - at)
        {
            Report(at, path, $"{bytes} bytes, but {frame.Limit - at} are left");
            return;
        }

        switch (field.Shape)
        {
            case FieldShape.Scalar:
                WalkScalar(frame, field, path, at, depth);
                break;
            case FieldShape.Structure:
                WalkStructure(frame, field, path, field.Name, at, depth, (long)count);
                break;
            case FieldShape.StructureArray:
                WalkArray(frame, field, path, at, depth, (long)count);
                break;
            case FieldShape.Records:
                WalkRecords(frame, field, path, at, depth, (long)count);
                break;
            case FieldShape.Array:
                WalkNumbers(frame, field, path, at, depth, (long)count);
                break;
            default:
                WalkBytes(frame, field, path, at, depth, (long)count, (long)bytes);
                break;
        }
    }

    private static LayoutNode Node(
        FieldModel field, string path, long at, int depth, long size, LayoutNodeKind kind, long count) => new()
        {
            Path = path,
            Name = field.Name,
            Depth = depth,
            Offset = at,
            Size = size,
            Kind = kind,
            Type = TypeName(field.Type),
            Count = count,
            Unit = field.Unit,
            Doc = field.Doc,
        };

    private static string TypeName(TypeModel type) => type switch
    {
        NamedType named => named.Name,
        CharType => "char",
        ScalarType scalar => string.Create(
            CultureInfo.InvariantCulture, $"{Prefix(scalar)}{scalar.Bytes * 8}"),
        _ => "",
    };

    private static string Prefix(ScalarType scalar)
    {
        string order = scalar.Order switch { OrderKind.Little => "le", OrderKind.Big => "be", _ => "" };
        return scalar.IsFloat ? order + "f"
            : order.Length > 0 ? order + (scalar.IsSigned ? "s" : "")
            : scalar.IsSigned ? "s" : "u";
    }

    private void WalkScalar(Frame frame, FieldModel field, string path, long at, int depth)
    {
        if (frame.Read(field.Type, at) is not BigInteger value)
        {
            Report(at, path, "lies behind the end");
            return;
        }

        Visit(new LayoutNode
        {
            Path = path,
            Name = field.Name,
            Depth = depth,
            Offset = at,
            Size = FieldCode.UnitOf(field),
            Kind = LayoutNodeKind.Number,
            Type = TypeName(field.Type),
            Value = value,
            Real = ValueText.Real(field.Type, value),
            Meaning = ValueText.Meaning(field, value),
            Unit = field.Unit,
            Doc = field.Doc,
        });
        Check(frame, field, value, at, path);
        if (field.Type is BitsType bits)
        {
            WalkBits(bits, value, path, at, depth + 1);
        }
    }

    private void Verify(Frame frame, CheckModel check, string path)
    {
        if (options.Checks is null || frame.Find(check.Field) is not long at)
        {
            return;
        }

        (long From, long To)? fetched = null;
        if (check.Reference is not null && !TryFetch(frame, check, path, out fetched))
        {
            return;
        }

        if (new CheckReader(frame, options.Checks, fetched).Complaint(check, out bool isUnchecked) is string complaint)
        {
            string value = check.Field.Shape != FieldShape.Bytes && frame.Read(check.Field.Type, at) is BigInteger held
                ? ValueText.Number(held) + ", "
                : "";
            visitor.Report(new LayoutFinding(at, Join(path, check.Field.Name), value + complaint)
            {
                IsUnchecked = isUnchecked,
            });
        }
    }

    /// <summary>Finds the bytes that a check speaks of and that lie elsewhere; false if there are none.</summary>
    private bool TryFetch(Frame frame, CheckModel check, string path, out (long From, long To)? fetched)
    {
        fetched = null;
        ReferenceModel reference = check.Reference!;
        var evaluator = new Evaluator(frame);
        if (!frame.IsPresent(null, reference.Presence) || evaluator.Number(reference.At) is not BigInteger offset)
        {
            return false;
        }

        long? start = reference.Space switch
        {
            "self" => frame.Start,
            "file" => 0,
            string name => options.Spaces.TryGetValue(name, out long given) ? given : null,
        };
        BigInteger? length = reference.Count is null ? 1 : evaluator.Number(reference.Count);
        length *= reference.Target is null ? 1 : reference.TargetType?.Size;
        string? why = start is null ? $"its bytes lie in the space `{reference.Space}`, which nobody named"
            : length is null ? "nothing tells how many bytes it covers"
            : length > options.BytesMax ? $"it covers {length} bytes, more than {options.BytesMax}"
            : null;
        if (why is not null)
        {
            // Once for each space: a block of references would say it a thousand times.
            if (_unfetched.Add(reference.Space + why))
            {
                visitor.Report(new LayoutFinding(
                    frame.Find(check.Field) ?? frame.Start, Join(path, check.Field.Name), $"is not checked: {why}")
                {
                    IsUnchecked = true,
                });
            }

            return false;
        }

        BigInteger from = start!.Value + offset;
        bool isInside = from >= 0 && length >= 0 && from + length <= frame.Source.Length;
        fetched = isInside ? ((long)from, (long)(from + length)!.Value) : null;
        return true;
    }

    private void WalkReference(Frame frame, ReferenceModel reference, string path, int depth)
    {
        var evaluator = new Evaluator(frame);
        if (!frame.IsPresent(null, reference.Presence) || evaluator.Number(reference.At) is not BigInteger at)
        {
            return;
        }

        BigInteger? count = reference.Count is null ? null : evaluator.Number(reference.Count);
        string what = reference.TargetType is StructType type
            ? (count is null ? type.Name : $"{count} {type.Name}")
            : $"{count} bytes";
        Visit(new LayoutNode
        {
            Path = Join(path, reference.Name),
            Name = reference.Name,
            Depth = depth,
            Offset = frame.Start,
            Size = 0,
            Kind = LayoutNodeKind.Reference,
            Type = "ref",
            Value = at,
            Meaning = $"{what} in {reference.Space}",
            Doc = reference.Doc,
        });
    }

    private void WalkComputed(Frame frame, ComputedModel computed, string path, int depth)
    {
        if (new Evaluator(frame).Number(computed.Expression) is BigInteger value)
        {
            Visit(new LayoutNode
            {
                Path = Join(path, computed.Name),
                Name = computed.Name,
                Depth = depth,
                Offset = frame.Start,
                Size = 0,
                Kind = LayoutNodeKind.Number,
                Type = computed.Enum?.Name ?? "let",
                Value = value,
                Meaning = computed.Enum is null ? "" : ValueText.Symbol(computed.Enum, value),
                Doc = computed.Doc,
            });
        }
    }

    private void WalkBits(BitsType bits, BigInteger container, string path, long at, int depth)
    {
        foreach (BitField part in bits.Fields)
        {
            BigInteger value = Evaluator.Part(container, part);
            Visit(new LayoutNode
            {
                Path = Join(path, part.Name),
                Name = part.Name,
                Depth = depth,
                Offset = at,
                Size = bits.Scalar.Bytes,
                Kind = LayoutNodeKind.BitField,
                Type = part.Enum?.Name ?? string.Create(CultureInfo.InvariantCulture,
                    $"{(part.IsSigned ? 's' : 'u')}{part.Width}"),
                Value = value,
                Meaning = part.Enum is null ? "" : ValueText.Symbol(part.Enum, value),
                Doc = part.Doc,
            });
            CheckPart(part, value, path, at);
        }
    }

    private void CheckPart(BitField part, BigInteger value, string path, long at)
    {
        if (part.Enum is { IsClosed: true } closed && !Rules.IsKnown(closed, value))
        {
            Report(at, Join(path, part.Name), $"{ValueText.Number(value)}, must be a known value of {closed.Name}");
        }
    }

    private void WalkNumbers(Frame frame, FieldModel field, string path, long at, int depth, long count)
    {
        int unit = FieldCode.UnitOf(field);
        var elements = new List<BigInteger>();
        var meanings = new List<string>();
        for (long i = 0; i < Math.Min(count, LayoutNode.ElementsMax); i++)
        {
            if (frame.Read(field.Type, at + (i * unit)) is not BigInteger value)
            {
                break;
            }

            elements.Add(value);
            if (field.Type is EnumType type && i < 16)
            {
                meanings.Add(ValueText.Symbol(type, value));
            }
        }

        Visit(new LayoutNode
        {
            Path = path,
            Name = field.Name,
            Depth = depth,
            Offset = at,
            Size = count * unit,
            Kind = LayoutNodeKind.Array,
            Type = TypeName(field.Type),
            Elements = elements,
            Digest = Digest(frame, at, count * unit, count),
            Count = count,
            Meaning = field.Text == "utf16" ? ValueText.Utf16(elements) : string.Join(", ", meanings),
            Unit = field.Unit,
            Doc = field.Doc,
        });
        var bits = field.Type as BitsType;
        bool hasParts = bits?.Fields.Exists(static part => part.Enum is { IsClosed: true }) == true;
        bool hasRules = field.Where is not null || field.Type is EnumType { IsClosed: true } || hasParts;
        for (long i = 0; hasRules && i < count && _checked < CheckedMax; i++)
        {
            if (frame.Read(field.Type, at + (i * unit)) is BigInteger value)
            {
                string indexed = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
                Check(frame, field, value, at + (i * unit), indexed);
                foreach (BitField part in hasParts ? bits!.Fields : [])
                {
                    CheckPart(part, Evaluator.Part(value, part), indexed, at + (i * unit));
                }
            }
        }
    }

    private void Check(Frame frame, FieldModel field, BigInteger value, long at, string path)
    {
        _checked++;
        foreach (string rule in Rules.Broken(frame, field, value))
        {
            Report(at, path, $"{ValueText.Number(value)}, {rule}");
        }
    }

    private void WalkBytes(Frame frame, FieldModel field, string path, long at, int depth, long count, long size)
    {
        byte[] bytes = new byte[(int)Math.Min(size, LayoutNode.ElementsMax)];
        if (!frame.Source.TryRead(at, bytes))
        {
            Report(at, path, "lies behind the end");
            return;
        }

        LayoutNodeKind kind = field.Shape == FieldShape.Bitmap ? LayoutNodeKind.Bitmap
            : field.Type is CharType ? LayoutNodeKind.Text
            : LayoutNodeKind.Bytes;
        Visit(new LayoutNode
        {
            Path = path,
            Name = field.Name,
            Depth = depth,
            Offset = at,
            Size = size,
            Kind = kind,
            Type = field.Shape == FieldShape.Bitmap ? "bitmap" : TypeName(field.Type),
            Bytes = bytes,
            Digest = Digest(frame, at, size, size),
            Meaning = ValueText.Shown(field.Show, bytes, frame.IsLittleEndian),
            Count = count,
            Unit = field.Unit,
            Doc = field.Doc,
        });
        if (field.Equal is BoundBytes expected && !bytes.AsSpan().SequenceEqual(expected.Value))
        {
            Report(at, path, $"must be the bytes {field.EqualText}");
        }

        for (long i = 0; field.Where is not null && i < count && _checked < CheckedMax; i++)
        {
            if (frame.Read(field.Type, at + i) is BigInteger value)
            {
                string indexed = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
                Check(frame, field, value, at + i, indexed);
            }
        }
    }

    /// <summary>Tells apart what lies behind the part that a node carries.</summary>
    private string Digest(Frame frame, long at, long size, long count)
    {
        if (!options.WithDigests || count <= LayoutNode.ElementsMax)
        {
            return "";
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[1 << 16];
        for (long done = 0; done < size; done += piece.Length)
        {
            Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, size - done));
            if (!frame.Source.TryRead(at + done, part))
            {
                break;
            }

            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void WalkStructure(
        Frame frame, FieldModel field, string path, string name, long at, int depth, long length)
    {
        var type = (StructType)field.Type;
        long limit = type.Size is int size && size <= frame.Limit - at ? at + size
            : length > 1 && length <= frame.Limit - at ? at + length
            : frame.Limit;
        Frame? inner = Opener.OpenField(frame, field, at, Inner, limit, depth);
        if (inner is not null)
        {
            Walk(inner, path, name, depth);
        }

        void Inner(long offset, string part, string message) => Report(offset, Join(path, part), message);
    }

    private void WalkArray(Frame frame, FieldModel field, string path, long at, int depth, long count)
    {
        int unit = FieldCode.UnitOf(field);
        if (!Visit(Node(field, path, at, depth, count * unit, LayoutNodeKind.Sequence, count)))
        {
            return;
        }

        for (long i = 0; i < count && !_isFull; i++)
        {
            string index = string.Create(CultureInfo.InvariantCulture, $"[{i}]");
            WalkStructure(frame, field, path + index, index, at + (i * unit), depth + 1, unit);
        }
    }

    private void WalkRecords(Frame frame, FieldModel field, string path, long at, int depth, long bytes)
    {
        if (!Visit(Node(field, path, at, depth, bytes, LayoutNodeKind.Sequence, -1)))
        {
            return;
        }

        long end = at + Math.Min(bytes, frame.Limit - at);
        for (long i = 0; at < end && !_isFull; i++)
        {
            string index = string.Create(CultureInfo.InvariantCulture, $"[{i}]");
            string inner = path + index;
            Frame? record = Opener.OpenField(
                frame, field, at, (offset, part, message) => Report(offset, Join(inner, part), message), end, depth);
            if (record is null)
            {
                return;
            }

            Walk(record, inner, index, depth + 1);
            if (record.IsPartial || record.Length is not long length || length < 1)
            {
                return;
            }

            at += length;
        }
    }

    private void CheckZero(Frame frame, ZeroModel zero, string path)
    {
        if (frame.PositionOf(zero.At) is not long at || !frame.IsPresent(null, zero.Presence))
        {
            return;
        }

        Span<byte> piece = stackalloc byte[256];
        for (int done = 0; done < zero.Count; done += piece.Length)
        {
            Span<byte> part = piece[..Math.Min(piece.Length, zero.Count - done)];
            if (!frame.Source.TryRead(at + done, part))
            {
                return;
            }

            int bad = part.IndexOfAnyExcept((byte)0);
            if (bad >= 0)
            {
                Report(at + done + bad, path, $"{ValueText.Number(part[bad])}, must be zero");
                return;
            }
        }
    }
}

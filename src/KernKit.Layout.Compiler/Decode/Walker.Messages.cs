using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>Messages: the header, the fields that the writer knew, the parts, and what a newer version added.</summary>
internal sealed partial class Walker
{
    // Fields of the header, as MessageModel draws it.
    private const int HeaderFields = 5;
    private const int LengthSize = 4;

    public void WalkMessage(PagedSource source, MessageModel message, long start, long limit)
    {
        string path = message.Name;
        var frame = new Frame(source, message.Fixed, start, limit, message.Fixed.IsLittleEndian == true);
        List<FieldModel> header = message.Fixed.Fields[..HeaderFields];
        BigInteger?[] values = [.. header.Select(field => frame.Read(field.Type, start + field.First.At.Offset))];
        long room = limit - start;
        long total = values[0] is BigInteger stated && stated <= room ? (long)stated : room;
        Visit(new LayoutNode
        {
            Path = path,
            Name = message.Name,
            Depth = 0,
            Offset = start,
            Size = total,
            Kind = LayoutNodeKind.Structure,
            Type = message.Name,
            Doc = message.Doc,
        });
        if (room < message.LeastSize)
        {
            Report(start, path, Text($"{room} bytes, needs {message.LeastSize} bytes or more"));
            return;
        }

        header.ForEach(field => WalkField(frame, field, path, 1));
        long end = MessageModel.HeaderSize + (long)values[3]!.Value;
        string? broken = total < message.LeastSize || values[0] > room ? "must be a length that is there" : null;
        if (broken is not null)
        {
            Report(start, Join(path, header[0].Name), $"{values[0]}, {broken}");
        }
        else if (values[1] != message.Id)
        {
            Report(start + 4, Join(path, header[1].Name), Text($"{values[1]}, must be {message.Id}"));
        }
        else if (end < message.LeastSize || end > total)
        {
            Report(start + 8, Join(path, header[3].Name), $"{values[3]}, must cover the fixed fields of version 1");
        }
        else
        {
            var known = new Frame(source, message.Fixed, start, start + total, frame.IsLittleEndian);
            WalkFixed(known, message, end, (int)values[2]!.Value);
            WalkParts(known, message, start + end, (int)values[4]!.Value);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void WalkFixed(Frame frame, MessageModel message, long end, int version)
    {
        foreach (MessageField field in message.Fields)
        {
            if (end >= field.End && (field.Until is not int until || version < until))
            {
                WalkField(frame, field.Field, message.Name, 1);
            }
        }

        int size = message.Fixed.Size!.Value;
        if (end > size)
        {
            WalkUnknown(frame, message.Name + ".unknown", frame.Start + size, end - size);
        }
    }

    private void WalkParts(Frame frame, MessageModel message, long at, int count)
    {
        for (int i = 0; i < count && !_isFull; i++)
        {
            MessagePart? part = i < message.Parts.Count ? message.Parts[i] : null;
            string path = Join(message.Name, part?.Name ?? Text($"unknown[{i - message.Parts.Count}]"));
            FieldModel length = message.Fixed.Fields[0];
            if (frame.Limit - at < LengthSize || frame.Read(length.Type, at) is not BigInteger stated)
            {
                Report(at, path, Text($"{frame.Limit - at} bytes, needs {LengthSize} bytes for its length"));
                return;
            }

            long most = frame.Limit - at - LengthSize;
            long size = (long)stated;
            if (size > most || (part is not null && (size > (long)part.Max * part.Unit || size % part.Unit != 0)))
            {
                Report(at, path, part is null
                    ? Text($"{size} bytes, but {most} are left")
                    : Text($"{size}, must be at most {part.Max} elements of {part.Unit} bytes, which are there"));
                return;
            }

            at += LengthSize;
            if (part is null)
            {
                WalkUnknown(frame, path, at, size);
            }
            else
            {
                WalkPart(frame, part, path, at, size);
            }

            at += size;
        }

        if (at != frame.Limit && !_isFull)
        {
            Report(at, message.Name, Text($"{frame.Limit - at} bytes are left over behind the parts of the message"));
        }
    }

    private void WalkUnknown(Frame frame, string path, long at, long size) => WalkBytes(
        frame, FieldOf(path[(path.IndexOf('.', StringComparison.Ordinal) + 1)..], "from a newer version",
            new ScalarType(1, false, OrderKind.Ambient), FieldShape.Bytes), path, at, 1, size, size);

    private void WalkPart(Frame frame, MessagePart part, string path, long at, long size)
    {
        FieldShape shape = part.Kind switch
        {
            PartKind.Structures => FieldShape.StructureArray,
            PartKind.Scalars => FieldShape.Array,
            _ => FieldShape.Bytes,
        };
        FieldModel field = FieldOf(part.Name, part.Doc, part.Type, shape);
        switch (part.Kind)
        {
            case PartKind.Structures:
                WalkArray(frame, field, path, at, 1, size / part.Unit);
                break;
            case PartKind.Scalars:
                WalkNumbers(frame, field, path, at, 1, size / part.Unit);
                break;
            default:
                WalkBytes(frame, field, path, at, 1, size, size);
                break;
        }

        if (part.Kind == PartKind.Text && size > 0)
        {
            byte[] text = new byte[size];
            if (frame.Source.TryRead(at, text) && !System.Text.Unicode.Utf8.IsValid(text))
            {
                Report(at, path, "must be UTF-8");
            }
        }
    }

    private static FieldModel FieldOf(string name, string doc, TypeModel type, FieldShape shape) => new()
    {
        Name = name,
        CsName = name,
        Place = default,
        Type = type,
        Shape = shape,
        Doc = doc,
    };
}

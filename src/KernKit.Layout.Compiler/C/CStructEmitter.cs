using System.Globalization;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.C;

/// <summary>Writes one structure, and the assertions that prove it.</summary>
internal sealed class CStructEmitter(CodeWriter code, CPlan plan)
{
    private readonly string _name = CNames.Type(plan.Type);
    private int _pads;

    public void Emit()
    {
        StructType type = plan.Type;
        EmitComment(type);
        string size = type.Size is not null ? "SIZE" : "MIN_SIZE";
        int bytes = type.Size ?? type.MinSize;
        code.Line(Text($"#define {CNames.Macro(type.Unit, type.Name)}_{size} {bytes}"));
        if (plan.Size == 0)
        {
            code.Line("/* All of it lies behind lengths that only run time knows: there is no C structure. */");
            return;
        }

        code.Line($"struct {_name} {{");
        code.Indent(EmitMembers);
        code.Line("};");
        EmitAssertions();
    }

    /// <summary>A type and the dimensions that follow the name.</summary>
    public static (string Type, string Dimensions) Declare(CMember member)
    {
        string count = member.Count is int elements ? elements == 0 ? "[]" : Text($"[{elements}]") : "";
        FieldModel field = member.Field;
        if (field.Type is StructType type)
        {
            return member.IsNatural
                ? ($"struct {CNames.Type(type)}", count)
                : ("uint8_t", count + Text($"[{member.Unit}]"));
        }

        if (field.Type is CharType)
        {
            return ("char", count);
        }

        ScalarType scalar = CsTypes.ScalarOf(field.Type);
        return scalar.Bytes is 1 or 2 or 4 or 8 && member.IsNatural
            ? (CNames.Integer(scalar.Bytes, scalar.IsSigned && !scalar.IsFloat), count)
            : ("uint8_t", count + Text($"[{member.Unit}]"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void EmitComment(StructType type)
    {
        var lines = new List<string>(CNames.Comment(type.Doc).Where(static line => line.Length > 0));
        lines.Add(OrderOf(type));
        if (type.AbiAlignments.Count > 0)
        {
            lines.Add($"The layout under {string.Join(' ', type.AbiAlignments.Keys)}.");
        }

        if (type.Size is null)
        {
            lines.Add(Text($"The part with constant offsets; the whole takes {type.MinSize} bytes or more:"));
            lines.Add("");
            lines.AddRange(StructMap.Of(type).SelectMany(CNames.Comment));
        }

        CEmitter.Comment(code, lines);
    }

    private static string OrderOf(StructType type) => type switch
    {
        { HasOrderParameter: true } => "Its byte order is known at run time only: read integers through the accessors.",
        { IsLittleEndian: true } => "Integers are little-endian.",
        { IsLittleEndian: false } => "Integers are big-endian.",
        _ => "Each integer has the byte order that its accessor states.",
    };

    private void EmitMembers()
    {
        int at = 0;
        foreach (List<CMember> cluster in plan.Clusters())
        {
            Pad(cluster[0].Offset - at);
            List<List<CMember>> lanes = CPlan.Lanes(cluster);
            if (lanes.Count == 1)
            {
                at = EmitLane(lanes[0], cluster[0].Offset);
                continue;
            }

            code.Line("union {");
            code.Indent(() =>
            {
                foreach (List<CMember> lane in lanes)
                {
                    EmitLaneOfUnion(lane, cluster[0].Offset);
                }
            });
            code.Line("};");
            at = cluster.Max(static member => member.End);
        }

        Pad(plan.Size - at);
        if (plan.Flexible is not null)
        {
            Emit(plan.Flexible);
        }
    }

    private void EmitLaneOfUnion(List<CMember> lane, int start)
    {
        if (lane.Count == 1 && lane[0].Offset == start)
        {
            Emit(lane[0]);
            return;
        }

        code.Line("struct {");
        code.Indent(() => EmitLane(lane, start));
        code.Line("};");
    }

    private int EmitLane(List<CMember> lane, int start)
    {
        int at = start;
        foreach (CMember member in lane)
        {
            Pad(member.Offset - at);
            Emit(member);
            at = member.End;
        }

        return at;
    }

    private void Pad(int bytes)
    {
        if (bytes <= 0)
        {
            return;
        }

        string name;
        do
        {
            name = Text($"pad{_pads++}");
        }
        while (plan.Members.Exists(member => member.Name == name));
        code.Line(Text($"uint8_t {name}[{bytes}];"));
    }

    private void Emit(CMember member)
    {
        (string type, string dimensions) = Declare(member);
        string declaration = $"{type} {member.Name}{dimensions};";
        var notes = new List<string>();
        if (member.Field.Doc.Length > 0)
        {
            notes.Add(string.Join(' ', CNames.Comment(member.Field.Doc)));
        }

        if (member.Field.Unit.Length > 0)
        {
            notes.Add($"[{CNames.Comment(member.Field.Unit)[0]}]");
        }

        if (member.Field.Time.Length > 0)
        {
            notes.Add($"[{CNames.Comment(member.Field.Time)[0]}]");
        }

        code.Line(notes.Count == 0 ? declaration : $"{declaration} /* {string.Join(' ', notes)} */");
    }

    private void EmitAssertions()
    {
        Assert($"sizeof(struct {_name})", plan.Size, _name);
        foreach (CMember member in plan.Members)
        {
            string path = $"{_name}.{member.Name}";
            Assert($"offsetof(struct {_name}, {member.Name})", member.Offset, path);
            Assert($"sizeof(((struct {_name} *)0)->{member.Name})", member.Size, $"size of {path}");
        }

        if (plan.Flexible is CMember last)
        {
            Assert($"offsetof(struct {_name}, {last.Name})", last.Offset, $"{_name}.{last.Name}");
        }
    }

    private void Assert(string what, int value, string message) =>
        code.Line(Text($"_Static_assert({what} == {value}, \"{message}\");"));
}

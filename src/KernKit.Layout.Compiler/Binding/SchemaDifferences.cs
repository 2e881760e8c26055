using System.Globalization;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Finds what changed between two bound schemas, and whom each change breaks.</summary>
/// <remarks>
/// Bytes count, not text: a field that moved, took another width, order or meaning breaks readers both ways; a rule
/// that became stricter breaks new readers of old data, one that became looser old readers of new data. Names matter
/// to sources and to JSON. Messages may grow: a field with <c>since</c> breaks nobody.
/// </remarks>
internal static partial class SchemaDifferences
{
    private const SchemaBreakKinds Data = SchemaBreakKinds.OldReader | SchemaBreakKinds.NewReader;
    private const SchemaBreakKinds Names = SchemaBreakKinds.Source | SchemaBreakKinds.Json;

    public static List<SchemaBreak> Of(FileUnit before, FileUnit after)
    {
        var found = new List<SchemaBreak>();
        foreach ((string name, Symbol old) in before.Symbols)
        {
            after.Symbols.TryGetValue(name, out Symbol? now);
            if (now is null)
            {
                found.Add(new SchemaBreak(name, "is gone; keep it, or rename it in one step with its users", Names));
            }
            else if (old.Syntax.GetType() != now.Syntax.GetType())
            {
                found.Add(new SchemaBreak(name, "is another kind of declaration now; use another name", Names | Data));
            }
            else
            {
                Compare(name, old, now, found);
            }
        }

        return found;
    }

    private static void Compare(string name, Symbol old, Symbol now, List<SchemaBreak> found)
    {
        switch (old, now)
        {
            case ({ Type: StructType left }, { Type: StructType right }):
                CompareStructures(left, right, found);
                break;
            case ({ Type: StructType or AbiStructType }, { Type: StructType or AbiStructType }):
                CompareLayouts(old.Type, now.Type, found);
                break;
            case ({ Format: not null }, { Format: not null }):
                CompareFormats(old, now, found);
                break;
            case ({ Syntax: CheckSyntax left }, { Syntax: CheckSyntax right }):
                CompareChoices(name, left.Cases, right.Cases, found);
                break;
            case ({ Syntax: TransformSyntax left }, { Syntax: TransformSyntax right }):
                CompareChoices(name, left.Cases, right.Cases, found);
                break;
            case ({ Type: EnumType left }, { Type: EnumType right }):
                CompareEnums(left, right, found);
                break;
            case ({ Type: BitsType left }, { Type: BitsType right }):
                CompareBits(name, left, right, found);
                break;
            case ({ Message: MessageModel left }, { Message: MessageModel right }):
                CompareMessages(left, right, found);
                break;
            case ({ Constant: ConstantModel left }, { Constant: ConstantModel right }):
                if (left.Value != right.Value)
                {
                    string what = $"was {left.Value}, is {right.Value}; fields that must equal it change";
                    found.Add(new SchemaBreak(name, what, Data));
                }

                break;
            default:
                break;
        }
    }

    private static void CompareStructures(StructType old, StructType now, List<SchemaBreak> found)
    {
        if (old.Size != now.Size)
        {
            string what = $"took {SizeOf(old)}, takes {SizeOf(now)}; what follows it moves";
            found.Add(new SchemaBreak(old.Name, what, Data));
        }

        if (old.HasOrderParameter != now.HasOrderParameter || old.IsLittleEndian != now.IsLittleEndian)
        {
            found.Add(new SchemaBreak(old.Name, "has another byte order; declare a second structure", Data));
        }

        CompareParts(old, now, found);
        foreach (FieldModel field in old.Fields)
        {
            string where = old.Name + "." + field.Name;
            FieldModel? other = now.Fields.Find(one => one.Name == field.Name);
            if (other is not null)
            {
                CompareFields(where, field, other, found);
                continue;
            }

            FieldModel? renamed = now.Fields.Find(one => old.Fields.TrueForAll(earlier => earlier.Name != one.Name)
                && one.First.At == field.First.At && TypeText(one) == TypeText(field));
            found.Add(renamed is null
                ? new SchemaBreak(where, "is gone; leave `pad` in its place and its name unused", Data | Names)
                : new SchemaBreak(where, $"is called {renamed.Name} now", Names));
        }

        foreach (FieldModel field in now.Fields)
        {
            bool isNew = old.Fields.TrueForAll(one => one.Name != field.Name);
            bool isCovered = old.Fields.Exists(one => one.First.At == field.First.At);
            if (isNew && !isCovered && !field.IsConditional)
            {
                const string what = "is new and always there; old data has other bytes in its place: give it `since`";
                found.Add(new SchemaBreak(now.Name + "." + field.Name, what, SchemaBreakKinds.NewReader));
            }
        }
    }

    private static void CompareFields(string where, FieldModel old, FieldModel now, List<SchemaBreak> found)
    {
        bool isMoved = old.Places.Count != now.Places.Count
            || old.Places.Zip(now.Places).Any(static pair => pair.First.At != pair.Second.At);
        if (isMoved)
        {
            found.Add(new SchemaBreak(where, $"moved from {At(old)} to {At(now)}", Data));
        }

        if (TypeText(old) != TypeText(now))
        {
            found.Add(new SchemaBreak(where, $"was {TypeText(old)}, is {TypeText(now)}", SchemaBreakKinds.All));
        }

        string oldRules = RulesOf(old);
        string newRules = RulesOf(now);
        if (oldRules != newRules)
        {
            SchemaBreakKinds broken = oldRules.Length == 0 ? SchemaBreakKinds.NewReader
                : newRules.Length == 0 ? SchemaBreakKinds.OldReader
                : Data;
            found.Add(new SchemaBreak(where, $"had the rule `{oldRules}`, has `{newRules}`", broken));
        }

        if (old.CountText != now.CountText || old.OutOfLineText != now.OutOfLineText)
        {
            found.Add(new SchemaBreak(where, "has its count or its place from somewhere else", Data));
        }

        if (old.IsConditional != now.IsConditional)
        {
            string what = now.IsConditional ? "may be absent now" : "is always there now";
            SchemaBreakKinds broken = now.IsConditional ? SchemaBreakKinds.OldReader : SchemaBreakKinds.NewReader;
            found.Add(new SchemaBreak(where, what, broken | SchemaBreakKinds.Source));
        }
        else if (PresenceOf(old) != PresenceOf(now))
        {
            string what = $"was there if `{PresenceOf(old)}`, is if `{PresenceOf(now)}`";
            found.Add(new SchemaBreak(where, what, Data));
        }
    }

    private static void CompareEnums(EnumType old, EnumType now, List<SchemaBreak> found)
    {
        if (old.Bits != now.Bits || old.IsSigned != now.IsSigned)
        {
            found.Add(new SchemaBreak(old.Name, $"had {old.Bits} bits, has {now.Bits}", SchemaBreakKinds.All));
        }

        if (old.Order != now.Order)
        {
            found.Add(new SchemaBreak(old.Name, "has another byte order", Data));
        }

        foreach (EnumMember member in old.Members)
        {
            EnumMember? other = now.Members.Find(one => one.Name == member.Name);
            if (other is null)
            {
                SchemaBreakKinds broken = now.IsClosed ? Names | SchemaBreakKinds.NewReader : Names;
                string where = $"{old.Name}.{member.Name}";
                found.Add(new SchemaBreak(where, "is gone; keep it, nothing else may be it", broken));
            }
            else if (other.Value != member.Value)
            {
                string what = $"was {member.Value}, is {other.Value}";
                found.Add(new SchemaBreak($"{old.Name}.{member.Name}", what, SchemaBreakKinds.All));
            }
        }

        bool grows = now.Members.Exists(one => old.Members.TrueForAll(member => member.Value != one.Value));
        if (old.IsClosed && grows)
        {
            found.Add(new SchemaBreak(old.Name, "is closed and has new values", SchemaBreakKinds.OldReader));
        }

        if (!old.IsClosed && now.IsClosed)
        {
            found.Add(new SchemaBreak(old.Name, "is closed now; unknown values break", SchemaBreakKinds.NewReader));
        }
    }

    private static void CompareBits(string name, BitsType old, BitsType now, List<SchemaBreak> found)
    {
        if (old.Scalar.Bytes != now.Scalar.Bytes || old.Scalar.Order != now.Scalar.Order)
        {
            found.Add(new SchemaBreak(name, "has another container", SchemaBreakKinds.All));
        }

        foreach (BitField field in old.Fields)
        {
            BitField? other = now.Fields.Find(one => one.Name == field.Name);
            if (other is null)
            {
                found.Add(new SchemaBreak($"{name}.{field.Name}", "is gone", Names));
            }
            else if ((other.Low, other.Width, other.Scale) != (field.Low, field.Width, field.Scale))
            {
                found.Add(new SchemaBreak($"{name}.{field.Name}", "is other bits now", Data));
            }
        }
    }

    private static void CompareMessages(MessageModel old, MessageModel now, List<SchemaBreak> found)
    {
        if (old.Id != now.Id)
        {
            found.Add(new SchemaBreak(old.Name, $"had the id {old.Id}, has {now.Id}", Data));
        }

        bool isSame = old.Fields.Count == now.Fields.Count && old.Parts.Count == now.Parts.Count;
        if (now.Version < old.Version || (now.Version == old.Version && !isSame))
        {
            string what = $"is version {now.Version}, and was {old.Version}; count up with each change";
            found.Add(new SchemaBreak(old.Name, what, Data));
        }

        foreach (MessageField field in old.Fields)
        {
            MessageField? other = now.Fields.Find(one => one.Field.Name == field.Field.Name);
            string where = old.Name + "." + field.Field.Name;
            if (other is null)
            {
                const string what = "is gone; keep it with `until`, so that its place stays";
                found.Add(new SchemaBreak(where, what, Data | Names));
                continue;
            }

            CompareFields(where, field.Field, other.Field, found);
            bool isDropped = field.Until is null && other.Until > old.Version;
            if (other.Since != field.Since || (other.Until != field.Until && !isDropped))
            {
                found.Add(new SchemaBreak(where, "has other versions than it had; keep them", Data));
            }

            if (field.Default != other.Default)
            {
                string what = $"counted as {field.Default} where absent, and counts as {other.Default}";
                found.Add(new SchemaBreak(where, what, SchemaBreakKinds.NewReader));
            }
        }

        foreach (MessageField field in now.Fields.Where(one => one.Since <= old.Version))
        {
            if (old.Fields.TrueForAll(one => one.Field.Name != field.Field.Name))
            {
                string what = $"is new in a version that was there before; say `since {now.Version}`";
                found.Add(new SchemaBreak(now.Name + "." + field.Field.Name, what, Data));
            }
        }

        CompareParts(old, now, found);
    }

    private static void CompareParts(MessageModel old, MessageModel now, List<SchemaBreak> found)
    {
        for (int i = 0; i < old.Parts.Count; i++)
        {
            MessagePart part = old.Parts[i];
            string where = old.Name + "." + part.Name;
            MessagePart? other = i < now.Parts.Count ? now.Parts[i] : null;
            if (other is null || other.Name != part.Name)
            {
                found.Add(new SchemaBreak(where, "is not at its place; append new parts with `since`", Data | Names));
            }
            else if (other.Kind != part.Kind || other.Unit != part.Unit || TypeText(other.Type) != TypeText(part.Type))
            {
                found.Add(new SchemaBreak(where, "holds another type", SchemaBreakKinds.All));
            }
            else if (other.Since != part.Since || other.Until != part.Until)
            {
                found.Add(new SchemaBreak(where, "has other versions", Data));
            }
            else if (other.Max != part.Max)
            {
                SchemaBreakKinds broken = other.Max > part.Max
                    ? SchemaBreakKinds.OldReader
                    : SchemaBreakKinds.NewReader;
                found.Add(new SchemaBreak(where, $"had at most {part.Max} elements, has {other.Max}", broken));
            }
        }

        foreach (MessagePart part in now.Parts.Skip(old.Parts.Count).Where(static part => part.Since == 1))
        {
            found.Add(new SchemaBreak(now.Name + "." + part.Name, "is new; say `since`", SchemaBreakKinds.None));
        }
    }

    private static string SizeOf(StructType type) => type.Size is int size
        ? string.Create(CultureInfo.InvariantCulture, $"{size} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{type.MinSize} bytes or more");

    private static string At(FieldModel field) => field.First.At.IsConstant
        ? string.Create(CultureInfo.InvariantCulture, $"offset {field.First.At.Offset}")
        : "a run-time offset";

    private static string RulesOf(FieldModel field) =>
        (field.EqualText.Length > 0 ? "= " + field.EqualText : "")
        + (field.WhereText.Length > 0 ? "where " + field.WhereText : "");

    private static string TypeText(TypeModel type) => type switch
    {
        EnumType value => value.Name + OrderText(value.Order),
        BitsType bits => bits.Name + OrderText(bits.Scalar.Order),
        StructType { GivenLittleEndian: bool isLittle } given =>
            given.Name + OrderText(isLittle ? OrderKind.Little : OrderKind.Big),
        NamedType named => named.Name,
        ScalarType { IsFloat: true } real => $"f{real.Bytes * 8}{OrderText(real.Order)}",
        ScalarType scalar => (scalar.IsSigned ? "s" : "u") + (scalar.Bytes * 8) + OrderText(scalar.Order),
        _ => "char",
    };

    private static string TypeText(FieldModel field)
    {
        string name = TypeText(field.Type);
        return field.Count is int count ? string.Create(CultureInfo.InvariantCulture, $"{name}[{count}]") : name;
    }

    private static string OrderText(OrderKind order) => order switch
    {
        OrderKind.Little => " le",
        OrderKind.Big => " be",
        _ => "",
    };
}

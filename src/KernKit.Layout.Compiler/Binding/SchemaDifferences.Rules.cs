using System.Globalization;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>What a schema says beside fields: conditions, lengths, checks, references, formats; as texts.</summary>
internal static partial class SchemaDifferences
{
    /// <summary>Conditions under which a field is there, for each of its places.</summary>
    private static string PresenceOf(FieldModel field) =>
        string.Join(" or ", field.Places.Select(static place => PresenceOf(place.Presence)));

    private static string PresenceOf(IReadOnlyList<Presence> presence) =>
        string.Join(" and ", presence.Select(static one => one switch
        {
            ConditionPresence condition => condition.Text,
            CasePresence { Union: { IsOptional: true } union } chosen => union.CaseTexts[chosen.Case],
            CasePresence chosen => $"{chosen.Union.CaseTexts[chosen.Case]} of {chosen.Union.RuleText}",
            _ => "",
        }));

    /// <summary>Everything of a structure that is no field, by what it is called in a message.</summary>
    private static IEnumerable<(string What, string Text, SchemaBreakKinds Kinds)> PartsOf(StructType type)
    {
        yield return ("parameters", string.Join(", ", type.Parameters.Select(static parameter =>
            parameter.Name + " " + parameter.Type switch
            {
                null => "bool",
                ScalarType scalar => TypeText(new ScalarType(scalar.Bytes, scalar.IsSigned, OrderKind.Ambient)),
                _ => TypeText(parameter.Type),
            })), Data | Names);
        yield return ("lengths of parts without a name", string.Join(", ", CSharp.WriterPlan.Flat(type.Steps)
            .OfType<ExtentStep>()
            .Where(static step => step.CountSlot < 0)
            .Select(static step => (step.IsWithin ? "within " : "pad ") + step.CountText)), Data);
        yield return ("zeros", string.Join(", ", type.Zeros.Select(static zero => Text(
            $"{zero.Count} at {PositionText(zero.At)} {PresenceOf(zero.Presence)}"))), Data);
        yield return ("assertions", string.Join(", ", type.Assertions.Select(static one => one.Text)), Data);
        yield return ("checks", string.Join(", ", type.Checks.Select(static check =>
            $"{check.Field.Name} {check.Text}")), Data);
        yield return ("transforms", string.Join(", ", type.Transforms.Select(static transform => Text(
            $"{transform.Field?.Name ?? transform.Reference!.Name} {transform.Text} max {transform.Max}"))), Data);
        yield return ("references", string.Join(", ", type.References.Select(static one =>
            $"{one.Target?.Syntax.Name.Text} {one.Name} at {one.Space} + {one.AtText} {PresenceOf(one.Presence)}")),
            Data);
    }

    private static void CompareParts(StructType old, StructType now, List<SchemaBreak> found)
    {
        foreach (((string what, string before, SchemaBreakKinds kinds), (_, string after, _)) in
            PartsOf(old).Zip(PartsOf(now)))
        {
            if (before != after)
            {
                found.Add(new SchemaBreak(old.Name, $"had the {what} `{before}`, has `{after}`", kinds));
            }
        }

        // Bits that are declared inside have no declaration of their own to compare.
        foreach (FieldModel field in old.Fields)
        {
            if (field.Type is BitsType before && old.InlineBits.Contains(before)
                && now.Fields.Find(one => one.Name == field.Name)?.Type is BitsType after)
            {
                CompareBits($"{old.Name}.{field.Name}", before, after, found);
            }
        }
    }

    private static void CompareFormats(Symbol old, Symbol now, List<SchemaBreak> found)
    {
        string before = FormatText(old);
        string after = FormatText(now);
        if (before != after)
        {
            const SchemaBreakKinds readers = SchemaBreakKinds.OldReader | SchemaBreakKinds.NewReader;
            found.Add(new SchemaBreak(old.Syntax.Name.Text, $"was found by `{before}`, is by `{after}`", readers));
        }
    }

    private static string FormatText(Symbol symbol)
    {
        var syntax = (FormatSyntax)symbol.Syntax;
        FormatModel format = symbol.Format!;
        return Text($"{format.Structure.Name} at {string.Join(", ", format.Offsets)}: {syntax.Accept?.Text}")
            + string.Concat(format.TryLittleEndian.Select(static isLittle => isLittle ? " le" : " be"));
    }

    /// <summary>The cases of a declared check or transform.</summary>
    private static void CompareChoices(
        string name, IReadOnlyList<ChoiceSyntax> old, IReadOnlyList<ChoiceSyntax> now, List<SchemaBreak> found)
    {
        string before = string.Join("; ", old.Select(TextOf));
        string after = string.Join("; ", now.Select(TextOf));
        if (before != after)
        {
            found.Add(new SchemaBreak(name, $"was `{before}`, is `{after}`", Data));
        }

        static string TextOf(ChoiceSyntax choice) =>
            $"{choice.Condition?.Text ?? "default"}: {choice.Name.Text} {choice.Seed?.Text}".TrimEnd();
    }

    /// <summary>A structure of C types under each of the ABIs.</summary>
    private static void CompareLayouts(NamedType old, NamedType now, List<SchemaBreak> found)
    {
        if (old is not AbiStructType { Variants: var before } || now is not AbiStructType { Variants: var after })
        {
            found.Add(new SchemaBreak(
                old.Name, "had one layout and has one for each ABI, or the other way round", SchemaBreakKinds.All));
            return;
        }

        foreach (AbiVariant variant in before)
        {
            foreach (AbiPreset preset in variant.Presets)
            {
                AbiVariant? other = after.Find(one => one.Presets.Contains(preset));
                if (other is null)
                {
                    found.Add(new SchemaBreak(old.Name, $"has no layout under {preset.Name} any more", Data | Names));
                }
                else if (preset == variant.Presets[0])
                {
                    CompareStructures(variant.Structure, other.Structure, found);
                }
            }
        }
    }

    private static string PositionText(Position at) =>
        at.IsConstant ? Text($"{at.Offset}") : Text($"part {at.Slot} + {at.Offset}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

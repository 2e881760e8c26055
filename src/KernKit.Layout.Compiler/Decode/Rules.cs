using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>The rules that one value has to obey.</summary>
internal static class Rules
{
    /// <summary>The rules that a value breaks, as phrases.</summary>
    public static IEnumerable<string> Broken(Frame frame, FieldModel field, BigInteger value)
    {
        if (field.Equal is BoundConstant constant && constant.Value != value)
        {
            yield return $"must be {ValueText.Number(constant.Value)}";
        }

        if (field.Type is EnumType { IsClosed: true } closed && !IsKnown(closed, value))
        {
            yield return $"must be a known value of {closed.Name}";
        }

        if (field.Where is not null && !new Evaluator(frame) { It = value }.Condition(field.Where))
        {
            yield return $"must satisfy {field.WhereText}";
        }
    }

    public static bool IsKnown(EnumType type, BigInteger value)
    {
        if (!type.IsFlags)
        {
            return type.Members.Exists(member => member.Value == value);
        }

        foreach (EnumMember member in type.Members)
        {
            value &= ~member.Value;
        }

        return value.IsZero;
    }
}

using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Bytes that several members share and that are the same under every ABI: a conversion copies them.</summary>
/// <param name="Start">The C# name of a member at the start of the bytes.</param>
/// <param name="Bytes">How many there are.</param>
internal sealed record AbiRegion(string Start, int Bytes)
{
    /// <summary>The shared bytes of a structure; null if some of them are not the same under every ABI.</summary>
    public static IReadOnlyList<AbiRegion>? Of(AbiStructType type, IReadOnlyList<AbiMember> members)
    {
        var regions = new List<AbiRegion>();
        var left = members.Where(static member => member.IsShared).ToList();
        bool isOneOrder = type.Variants.TrueForAll(variant => !variant.Structure.HasOrderParameter
            && variant.Structure.IsLittleEndian == type.Variants[0].Structure.IsLittleEndian);
        if (left.Count > 0 && !isOneOrder)
        {
            return null;
        }

        while (left.Count > 0)
        {
            List<AbiMember> together = Together(type.Variants[0].Structure, left);
            (int Offset, int Bytes)[][] places =
                [.. type.Variants.Select(variant => Places(variant.Structure, together))];
            bool isSame = Array.TrueForAll(places, one => one.SequenceEqual(places[0]))
                && together.TrueForAll(static member => member.Inner is null);
            if (!isSame)
            {
                return null;
            }

            AbiMember start = together[Array.FindIndex(places[0], static place => place.Offset == 0)];
            regions.Add(new AbiRegion(start.CsName, places[0].Max(static place => place.Offset + place.Bytes)));
        }

        return regions;
    }

    /// <summary>Takes the first member and all that lie in its bytes, or in those of one of them.</summary>
    private static List<AbiMember> Together(StructType structure, List<AbiMember> left)
    {
        (int start, int end) = (int.MaxValue, 0);
        var together = new List<AbiMember>();
        for (int i = 0; i >= 0; i = left.FindIndex(IsInside))
        {
            (int offset, int bytes) = Place(structure, left[i]);
            (start, end) = (Math.Min(start, offset), Math.Max(end, offset + bytes));
            together.Add(left[i]);
            left.RemoveAt(i);
        }

        return together;

        bool IsInside(AbiMember member)
        {
            (int offset, int bytes) = Place(structure, member);
            return offset < end && start < offset + bytes;
        }
    }

    /// <summary>Where members lie, from the first of them on.</summary>
    private static (int Offset, int Bytes)[] Places(StructType structure, List<AbiMember> members)
    {
        (int Offset, int Bytes)[] places = [.. members.Select(member => Place(structure, member))];
        int start = places.Min(static place => place.Offset);
        return [.. places.Select(place => (place.Offset - start, place.Bytes))];
    }

    private static (int Offset, int Bytes) Place(StructType structure, AbiMember member)
    {
        FieldModel field = member.FieldIn(structure);
        return (field.First.At.Offset, FieldCode.UnitOf(field) * (field.Count ?? 1));
    }
}

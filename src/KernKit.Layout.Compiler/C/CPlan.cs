using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.C;

/// <summary>One member of a C structure.</summary>
/// <param name="Name">Unique in the structure.</param>
/// <param name="Field">The field of the schema.</param>
/// <param name="Place">The reading of it.</param>
/// <param name="Offset">Bytes from the start of the structure.</param>
/// <param name="Unit">Bytes of one element.</param>
/// <param name="Count">Elements, or null for a single value; 0 for a flexible array.</param>
internal sealed record CMember(
    string Name, FieldModel Field, FieldPlace Place, int Offset, int Unit, int? Count)
{
    public int Size => Unit * (Count ?? 1);

    public int End => Offset + Size;

    /// <summary>False if the member stands as bytes, because C's alignment would move it.</summary>
    public bool IsNatural { get; set; }
}

/// <summary>
/// Decides how a structure stands in C without <c>packed</c> and without bit fields.
/// </summary>
/// <remarks>
/// <para>Each gap becomes a member. A member whose offset C's alignment would change stands as an array of bytes and
/// is reached through its accessor; everything else has its own type. So the address of any member can be taken, and
/// no compiler adds padding: not on machines that align 8-byte integers to 8 (lp64), nor on those that align them to
/// 4 (i386), since a multiple of 8 is one of 4.</para>
/// <para>What overlaps is put into a union of lanes; each lane is a structure from the start of the union on:</para>
/// <code>
///   offset 8       16      24          union {
///     | a           |                     struct { a; };
///     | b    | c    |                     struct { b; c; };
///            | d    |                     struct { pad; d; };
///                                      };
/// </code>
/// <para>A union takes a multiple of its alignment, so its members are held to an alignment that divides both its
/// offset and its length; the same goes for the structure itself.</para>
/// </remarks>
internal sealed class CPlan
{
    private readonly Dictionary<StructType, CPlan> _plans;

    private CPlan(StructType type, Dictionary<StructType, CPlan> plans)
    {
        Type = type;
        _plans = plans;
        Collect();
        Size = type.Size ?? PrefixOf(type);
        Align();
    }

    public StructType Type { get; }

    /// <summary>By offset, then in the order of declaration.</summary>
    public List<CMember> Members { get; } = [];

    /// <summary>An array of run-time length right behind the constant part.</summary>
    public CMember? Flexible { get; private set; }

    /// <summary>Bytes of the part with constant offsets.</summary>
    public int Size { get; private set; }

    /// <summary>What C aligns the structure to.</summary>
    public int Alignment { get; private set; }

    /// <summary>The plan of a structure; each is made once.</summary>
    public static CPlan Of(StructType type, Dictionary<StructType, CPlan> plans)
    {
        if (!plans.TryGetValue(type, out CPlan? plan))
        {
            plan = new CPlan(type, plans);
            plans[type] = plan;
        }

        return plan;
    }

    /// <summary>Members that overlap each other, directly or through others.</summary>
    public IEnumerable<List<CMember>> Clusters()
    {
        List<CMember> cluster = [];
        int end = 0;
        foreach (CMember member in Members)
        {
            if (cluster.Count > 0 && member.Offset >= end)
            {
                yield return cluster;
                cluster = [];
            }

            cluster.Add(member);
            end = Math.Max(end, member.End);
        }

        if (cluster.Count > 0)
        {
            yield return cluster;
        }
    }

    /// <summary>Members in lanes without overlap: each goes into the first lane that has room for it.</summary>
    public static List<List<CMember>> Lanes(List<CMember> cluster)
    {
        var lanes = new List<List<CMember>>();
        foreach (CMember member in cluster.OrderBy(static member => member.Field.Index))
        {
            List<CMember>? lane = lanes.Find(lane =>
                lane.TrueForAll(other => other.End <= member.Offset || member.End <= other.Offset));
            if (lane is null)
            {
                lane = [];
                lanes.Add(lane);
            }

            lane.Add(member);
        }

        lanes.ForEach(static lane => lane.Sort(static (left, right) => left.Offset.CompareTo(right.Offset)));
        return lanes;
    }

    /// <summary>The bytes of one element, or null if only run time knows.</summary>
    private static int? UnitOf(FieldModel field) => field.Type switch
    {
        StructType { IsFixed: true } structure => structure.Size,
        StructType => null,
        _ => CsTypes.ScalarOf(field.Type).Bytes,
    };

    private static int? CountOf(FieldModel field) => field switch
    {
        { Shape: FieldShape.Bitmap, Count: int bits } => (bits + 7) / 8,
        { Count: int count } => count,
        _ => null,
    };

    private void Collect()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (FieldModel field in Type.Fields)
        {
            if (field.OutOfLineAt is not null || UnitOf(field) is not int unit)
            {
                continue;
            }

            bool isRunTime = field.CountSlot >= 0;
            foreach (FieldPlace place in field.Places.Where(static place => place.At.IsConstant))
            {
                // The same name in several cases is one field of the schema and several members of C.
                string stem = CNames.Member(field.Name);
                string name = stem;
                for (int i = 2; !names.Add(name); i++)
                {
                    name = $"{stem}_{i}";
                }

                int? count = isRunTime ? 0 : CountOf(field);
                Add(new CMember(name, field, place, place.At.Offset, unit, count), isRunTime);
            }
        }

        Members.Sort(static (left, right) =>
            (left.Offset, left.Field.Index).CompareTo((right.Offset, right.Field.Index)));
    }

    private void Add(CMember member, bool isRunTime)
    {
        // A member of constant length behind an optional one has no constant offset, so this one is always last.
        if (!isRunTime)
        {
            if (!member.Field.IsPresenceRemembered)
            {
                Members.Add(member);
            }
        }
        else if (member.Field.Shape != FieldShape.Bitmap)
        {
            Flexible ??= member;
        }
    }

    /// <summary>Where the first part of run-time length begins.</summary>
    private int PrefixOf(StructType type)
    {
        IEnumerable<Position> starts = type.Steps.Select(static step => step switch
        {
            ExtentStep extent => extent.At,
            RestStep rest => rest.At,
            OptionalStep optional => optional.At,
            NestedStep nested => nested.At,
            TerminatedStep terminated => terminated.At,
            UntilStep until => until.At,
            WithinEndStep end => end.At,
            _ => Position.Start,
        });
        int end = Members.Select(static member => member.End).Append(0).Max();
        return starts.Where(static at => at.IsConstant).Select(static at => at.Offset).Append(end).Max();
    }

    private int NaturalAlignment(CMember member) => member.Field switch
    {
        { Type: StructType type } => Of(type, _plans).Alignment,
        { Shape: FieldShape.Bitmap } => 1,
        _ => member.Unit is 2 or 4 or 8 ? member.Unit : 1,
    };

    private void Align()
    {
        for (int limit = 8; limit > 0; limit /= 2)
        {
            Alignment = AlignTo(limit);
            if (Size % Alignment == 0)
            {
                break;
            }
        }

        if (Flexible is not null)
        {
            int alignment = NaturalAlignment(Flexible);
            bool fits = Flexible.Offset == Size && alignment <= Alignment && Size > 0;
            Flexible = fits ? Flexible : null;
            if (Flexible is not null)
            {
                Flexible.IsNatural = Flexible.Offset % alignment == 0 && Flexible.Field.Type is not StructType;
            }
        }
    }

    private int AlignTo(int limit)
    {
        int structure = 1;
        foreach (List<CMember> cluster in Clusters())
        {
            int start = cluster[0].Offset;
            int end = cluster.Max(static member => member.End);
            int most = limit;
            while (cluster.Count > 1 && (start % most != 0 || (end - start) % most != 0))
            {
                most /= 2;
            }

            foreach (CMember member in cluster)
            {
                int alignment = NaturalAlignment(member);
                member.IsNatural = alignment <= most && member.Offset % alignment == 0;
                structure = Math.Max(structure, member.IsNatural ? alignment : 1);
            }
        }

        return structure;
    }
}

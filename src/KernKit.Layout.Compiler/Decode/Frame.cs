using System.Numerics;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>One structure at one place of the source, with the positions that opening it has found.</summary>
internal sealed class Frame(PagedSource source, StructType type, long start, long limit, bool isLittleEndian)
{
    private readonly long?[] _slots = new long?[type.SlotCount];
    private readonly Dictionary<int, long> _counts = [];
    private readonly Dictionary<FieldModel, bool> _present = [];

    // The tag of a union may lie in a case of another, and so on: decided once, or each is asked for all around it.
    private readonly Dictionary<UnionModel, int> _cases = [];

    // What expressions read of structures inside: opened once, however often they are asked. As many as the schema
    // names, because an index in an expression is a constant.
    private readonly Dictionary<(FieldModel Field, long At), Frame?> _opened = [];

    public PagedSource Source { get; } = source;

    public StructType Type { get; } = type;

    /// <summary>Where it starts in the source.</summary>
    public long Start { get; } = start;

    /// <summary>What it may not pass.</summary>
    public long Limit { get; } = limit;

    /// <summary>The order of integers that state none.</summary>
    public bool IsLittleEndian { get; } = type.IsLittleEndian ?? isLittleEndian;

    public Dictionary<ParameterModel, BigInteger> Arguments { get; } = [];

    /// <summary>Set if opening found a violation: what lies behind it has no place.</summary>
    public bool IsPartial { get; set; }

    /// <summary>Bytes from the start to the end; null if the end was not found.</summary>
    public long? Length => PositionOf(Type.End) - Start;

    public void SetSlot(int slot, long at) => _slots[slot] = at;

    public void SetCount(int slot, long count) => _counts[slot] = count;

    public void SetPresent(FieldModel field, bool isPresent) => _present[field] = isPresent;

    /// <summary>Remembers a structure inside that was opened on the way.</summary>
    public void SetOpened(FieldModel field, Frame? inner)
    {
        if (inner is not null)
        {
            _opened[(field, inner.Start)] = inner;
        }
    }

    /// <summary>The structure that a field holds at an absolute offset.</summary>
    public Frame? Opened(FieldModel field, long at)
    {
        if (!_opened.TryGetValue((field, at), out Frame? inner))
        {
            inner = Opener.OpenField(this, field, at, null);
            _opened[(field, at)] = inner;
        }

        return inner;
    }

    /// <summary>An absolute offset; null if an earlier length could not be found.</summary>
    public long? PositionOf(Position at) => at.IsConstant ? Start + at.Offset : _slots[at.Slot] + at.Offset;

    /// <summary>The end of a limit: that of a <c>within</c>, or of the structure.</summary>
    public long? LimitOf(int slot) => slot < 0 ? Limit : _slots[slot];

    /// <summary>How many elements, bytes or bits a field has; null if unknown.</summary>
    public BigInteger? CountOf(FieldModel field)
    {
        if (field.Count is int count)
        {
            return count;
        }

        if (field.CountExpression is not null)
        {
            return new Evaluator(this).Number(field.CountExpression);
        }

        return field.CountSlot >= 0 ? _counts.TryGetValue(field.CountSlot, out long found) ? found : null : 1;
    }

    /// <summary>The place of a field that is there; null if it is absent or its place unknown.</summary>
    public long? Find(FieldModel field)
    {
        if (field.OutOfLineAt is BoundExpression at)
        {
            BigInteger? offset = new Evaluator(this).Number(at);
            return offset is null || offset < 0 || offset > Limit - Start ? null : Start + (long)offset;
        }

        foreach (FieldPlace place in field.Places)
        {
            if (PositionOf(place.At) is long position && IsPresent(field, place.Presence))
            {
                return position;
            }
        }

        return null;
    }

    public bool IsPresent(FieldModel? field, IReadOnlyList<Presence> presence)
    {
        if (field is not null && _present.TryGetValue(field, out bool known))
        {
            return known;
        }

        foreach (Presence why in presence)
        {
            bool holds = why switch
            {
                ConditionPresence condition => new Evaluator(this).Condition(condition.Condition),
                CasePresence chosen => CaseOf(chosen.Union) == chosen.Case,
                _ => false,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The case of a union that holds, or -1.</summary>
    public int CaseOf(UnionModel union)
    {
        // Nobody asks before the steps in front of the union are taken, and what they found does not change.
        if (!_cases.TryGetValue(union, out int chosen))
        {
            var evaluator = new Evaluator(this);
            chosen = union.Conditions.FindIndex(condition => condition is null || evaluator.Condition(condition));
            _cases[union] = chosen;
        }

        return chosen;
    }

    /// <summary>The integer at an absolute offset; null outside of the limit.</summary>
    public BigInteger? Read(TypeModel type, long at)
    {
        ScalarType scalar = CsTypes.ScalarOf(type);
        Span<byte> bytes = stackalloc byte[Math.Max(scalar.Bytes, 1)];
        if (at < Start || at > Limit || scalar.Bytes > Limit - at || !Source.TryRead(at, bytes))
        {
            return null;
        }

        bool isLittle = scalar.Order switch
        {
            OrderKind.Little => true,
            OrderKind.Big => false,
            _ => IsLittleEndian,
        };
        return new BigInteger(bytes, isUnsigned: !scalar.IsSigned, isBigEndian: !isLittle);
    }
}

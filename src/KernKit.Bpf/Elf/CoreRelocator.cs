using System.Globalization;
using static KernKit.Bpf.Elf.CoreKind;

namespace KernKit.Bpf.Elf;

/// <summary>Rewrites instructions that depend on where a structure's fields are ("compile once, run
/// everywhere").</summary>
/// <remarks>
/// The compiler wrote down which field of which type an instruction means, as a path of indexes in its own types. The
/// path becomes names, the names are looked up in the target's structures, and the instruction gets the target's
/// offset, size or whatever it asked for. Kinds and rules: the kernel's documentation bpf/llvm_reloc, section CO-RE.
/// </remarks>
internal sealed class CoreRelocator(Btf btf, BtfExtension extension, CoreTarget target)
{
    // A path is a field within fields; as in libbpf.
    private const int PathIndexCountMax = 64;


    /// <summary>Applies the relocations of one function.</summary>
    public void Apply(string section, uint functionAt, List<Instruction> slots, int start)
    {
        var relocations = extension.Relocations.GetValueOrDefault(section) ?? [];
        for (var i = FirstFrom(relocations, functionAt); i < relocations.Count; i++)
        {
            var relocation = relocations[i];
            var index = (long)start + ((relocation.Offset - (long)functionAt) / 8);
            if (index >= slots.Count)
            {
                break;
            }

            var value = Evaluate(relocation);
            if (value is null)
            {
                // Code that a field's absence makes unreachable may stay: it must only not run.
                continue;
            }

            Patch(slots, (int)index, value.Value, relocation);
        }
    }

    private static int FirstFrom(List<CoreRelocation> relocations, uint offset)
    {
        var (low, high) = (0, relocations.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = relocations[middle].Offset < offset ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static void Patch(List<Instruction> slots, int index, long value, CoreRelocation relocation)
    {
        var slot = slots[index];
        switch (slot.Opcode & 7)
        {
            case 0 when slot.Opcode == Instruction.WideOpcode && index + 1 < slots.Count:
                slots[index] = slot with { Immediate = (int)value };
                slots[index + 1] = slots[index + 1] with { Immediate = (int)(value >> 32) };
                break;
            case 1 or 2 or 3 when value is >= 0 and <= short.MaxValue:
                slots[index] = slot with { Offset = (short)value };
                break;
            case 4 or 7:
                slots[index] = slot with { Immediate = (int)value };
                break;
            default:
                throw new BpfFormatException($"instruction {index}: CO-RE relocation {relocation.Path} with {value} "
                    + $"does not fit");
        }
    }

    private long? Evaluate(CoreRelocation relocation)
    {
        var type = btf[btf.Resolve(relocation.Type)];
        var structure = target.Find(type.Name);
        switch (relocation.Kind)
        {
            case TypeExists or TypeMatches: return structure is null ? 0 : 1;
            case TypeSize: return structure?.SizeBytes ?? 0;
            case EnumValue or EnumValueExists:
                var index = int.Parse(relocation.Path, CultureInfo.InvariantCulture);
                if ((uint)index >= (uint)type.Members.Count)
                {
                    throw Wrong(relocation, "has no such value");
                }

                return relocation.Kind == EnumValue ? type.Members[index].Value : 1;
            case > EnumValue: throw Wrong(relocation, $"is of kind {(int)relocation.Kind}");
            case >= FieldOffset and <= FieldShiftRight: break;
            default: return null;
        }

        // Types that the target does not know stay as the compiler saw them.
        if (structure is null)
        {
            return relocation.Kind == FieldExists ? 0 : null;
        }

        var field = FindField(relocation, structure);
        return relocation.Kind switch
        {
            FieldExists => field is null ? 0 : 1,
            _ when field is null => throw Wrong(relocation,
                $"names a field that the target's {structure.Name} does not have"),
            FieldOffset => field.Offset,
            FieldSize => field.SizeBytes,
            FieldSigned => field.IsSigned ? 1 : 0,
            FieldShiftLeft => 64 - field.BitOffset - BitsOf(field),
            _ => 64 - BitsOf(field),
        };
    }

    private static int BitsOf(CoreField field) => field.Bits > 0 ? field.Bits : field.SizeBytes * 8;

    // Walks the path in the local types and, by names, in the target's structures at the same time.
    private CoreField? FindField(CoreRelocation relocation, CoreStructure structure)
    {
        var words = relocation.Path.Split(':', PathIndexCountMax + 1);
        var indexes = words.Length <= PathIndexCountMax
            ? Array.ConvertAll(words, text => int.Parse(text, CultureInfo.InvariantCulture))
            : throw Wrong(relocation, $"has more than {PathIndexCountMax} indexes");
        var offset = (long)indexes[0] * structure.SizeBytes;
        var type = btf.Resolve(relocation.Type);
        CoreStructure? within = structure;
        CoreField? field = null;
        foreach (var index in indexes.AsSpan(1))
        {
            var local = btf[type];
            if (local.Kind == BtfKind.Array)
            {
                if (field is not { ElementBytes: > 0 })
                {
                    throw Wrong(relocation, "indexes something that is no array");
                }

                offset += index * (long)field.ElementBytes;
                var inner = field.InnerElementBytes;
                field = field with
                {
                    SizeBytes = field.ElementBytes,
                    ElementBytes = inner.Count > 0 ? inner[0] : 0,
                    InnerElementBytes = inner.Count > 0 ? [.. inner.Skip(1)] : [],
                };
                type = btf.Resolve(local.Target);
                continue;
            }

            if (local.Kind is not (BtfKind.Struct or BtfKind.Union) || (uint)index >= (uint)local.Members.Count)
            {
                throw Wrong(relocation, "leads through something that is no structure");
            }

            var member = local.Members[index];
            type = btf.Resolve(member.Type);
            if (member.Name.Length == 0)
            {
                continue;
            }

            field = within?.Fields.FirstOrDefault(candidate => candidate.Name == member.Name);
            if (field is null)
            {
                return null;
            }

            offset += field.Offset;
            within = target.Find(field.StructureName);
        }

        return field is null ? null : field with { Offset = (int)offset };
    }

    private static BpfFormatException Wrong(CoreRelocation relocation, string what) =>
        new($"CO-RE relocation {relocation.Path} of type {relocation.Type} {what}");
}

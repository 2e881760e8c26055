namespace KernKit.Bpf.Elf;

/// <summary>The kinds of BTF types; numbers are the format's.</summary>
internal enum BtfKind
{
    Void, Int, Pointer, Array, Struct, Union, Enum, Forward, Typedef, Volatile, Const, Restrict, Function,
    FunctionPrototype, Variable, DataSection, Float, DeclarationTag, TypeTag, Enum64,
}

/// <summary>A member of a structure, a variable of a section, or a value of an enumeration.</summary>
/// <param name="Name">Its name; empty for variables, whose type has it.</param>
/// <param name="Type">Its type; 0 for values of enumerations.</param>
/// <param name="BitOffset">Bits from the structure's beginning; for variables bytes times 8.</param>
/// <param name="BitSize">Bits of a bit field, else 0.</param>
/// <param name="Value">The value, of enumerations.</param>
internal readonly record struct BtfMember(string Name, int Type, uint BitOffset, int BitSize, long Value = 0);

/// <summary>One type.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name, or empty.</param>
/// <param name="Size">Bytes, of sized kinds.</param>
/// <param name="Target">The type that it refers to: pointers, typedefs, qualifiers, elements of arrays,
/// variables.</param>
/// <param name="Count">Elements of an array.</param>
/// <param name="IsSigned">Of integers.</param>
/// <param name="Members">Members, variables or values.</param>
internal sealed record BtfType(
    BtfKind Kind, string Name, int Size, int Target, int Count, bool IsSigned, IReadOnlyList<BtfMember> Members);

/// <summary>The types that a compiler wrote down (section .BTF).</summary>
/// <remarks>Facts: the kernel's documentation bpf/btf. Types refer to each other by number; 0 is void.</remarks>
internal sealed class Btf
{
    private const int Magic = 0xeb9f;
    private const int HeaderBytes = 24;
    private const int DepthMax = 32;

    private readonly StringTable _strings;
    private readonly Dictionary<(BtfKind Kind, string Name), int> _first = [];
    private readonly List<BtfType> _types = [new(BtfKind.Void, "void", 0, 0, 0, false, [])];

    private Btf(ByteCursor types, ByteCursor strings)
    {
        _strings = new StringTable(strings);
        for (long at = 0; at < types.Length;)
        {
            var type = ReadType(types, ref at);
            _first.TryAdd((type.Kind, type.Name), _types.Count);
            _types.Add(type);
        }
    }

    public int Count => _types.Count;

    /// <summary>The type of a number.</summary>
    public BtfType this[int id] => (uint)id < (uint)_types.Count
        ? _types[id] : throw new BpfFormatException($".BTF: type {id} does not exist, there are {_types.Count}");

    /// <summary>Reads the section.</summary>
    public static Btf Read(ByteCursor section)
    {
        var (types, strings) = Parts(section, ".BTF", HeaderBytes);
        return new Btf(types, strings);
    }

    /// <summary>The string table.</summary>
    public StringTable Strings => _strings;

    /// <summary>The number of the first type of a kind and name; 0 if there is none.</summary>
    public int Find(BtfKind kind, string name) => _first.GetValueOrDefault((kind, name));

    /// <summary>The name of the structure that a function's first argument points to; empty if it is none.</summary>
    public string FirstArgument(string function)
    {
        var id = Find(BtfKind.Function, function);
        if (id == 0 || this[this[id].Target] is not { Kind: BtfKind.FunctionPrototype, Members: [var argument, ..] })
        {
            return "";
        }

        var pointer = this[Resolve(argument.Type)];
        var target = pointer.Kind == BtfKind.Pointer ? this[Resolve(pointer.Target)] : pointer;
        return target.Kind is BtfKind.Struct or BtfKind.Forward ? target.Name : "";
    }

    /// <summary>Goes through typedefs and qualifiers.</summary>
    public int Resolve(int id)
    {
        for (var depth = 0; depth < DepthMax; depth++)
        {
            if (this[id].Kind is not (BtfKind.Typedef or BtfKind.Volatile
                or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag))
            {
                return id;
            }

            id = this[id].Target;
        }

        throw new BpfFormatException($".BTF: type {id}: more than {DepthMax} typedefs and qualifiers around a type");
    }

    /// <summary>Bytes of a type.</summary>
    public long SizeOf(int id)
    {
        long count = 1;
        for (var depth = 0; depth < DepthMax; depth++)
        {
            var type = this[Resolve(id)];
            switch (type.Kind)
            {
                case BtfKind.Pointer: return count * 8;
                case BtfKind.Array: (count, id) = (checked(count * type.Count), type.Target); continue;
                case BtfKind.Int or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float
                    or BtfKind.DataSection: return checked(count * type.Size);
                default: throw new BpfFormatException($".BTF: type {id} ({type.Kind} {type.Name}) has no size");
            }
        }

        throw new BpfFormatException($".BTF: type {id}: arrays nested deeper than {DepthMax}");
    }

    /// <summary>Types and strings behind a header; both sections begin alike.</summary>
    private static (ByteCursor Types, ByteCursor Strings) Parts(ByteCursor section, string name, int headerBytes)
    {
        if (section.Length < headerBytes || section.U16(0) != Magic || section.U8(2) != 1)
        {
            throw new BpfFormatException($"{name}: not BTF version 1 in little-endian order");
        }

        ulong header = section.U32(4);
        return (section.Slice(header + section.U32(8), section.U32(12), $"{name} types"),
            section.Slice(header + section.U32(16), section.U32(20), $"{name} strings"));
    }

    private BtfType ReadType(ByteCursor types, ref long at)
    {
        var (name, info, sizeOrType) = (_strings.Text(types.U32(at)), types.U32(at + 4), types.U32(at + 8));
        var (kind, count, flag) = ((BtfKind)((info >> 24) & 31), (int)(info & 0xffff), info >> 31 != 0);
        var place = at;
        at += 12;
        var members = new List<BtfMember>();
        switch (kind)
        {
            case BtfKind.Int:
                var encoding = types.U32(at);
                at += 4;
                return new BtfType(kind, name, (int)sizeOrType, 0, 0, ((encoding >> 24) & 1) != 0, members);
            case BtfKind.Array:
                var array = new BtfType(kind, name, 0, (int)types.U32(at), (int)types.U32(at + 8), false, members);
                at += 12;
                return array;
            case BtfKind.Struct or BtfKind.Union:
                for (var i = 0; i < count; i++, at += 12)
                {
                    var offset = types.U32(at + 8);
                    members.Add(new BtfMember(_strings.Text(types.U32(at)), (int)types.U32(at + 4),
                        flag ? offset & 0xffffff : offset, flag ? (int)(offset >> 24) : 0));
                }

                break;
            case BtfKind.Enum or BtfKind.Enum64:
                for (var i = 0; i < count; i++, at += kind == BtfKind.Enum ? 8 : 12)
                {
                    var value = kind == BtfKind.Enum ? flag ? (int)types.U32(at + 4) : types.U32(at + 4)
                        : (long)(types.U32(at + 4) | ((ulong)types.U32(at + 8) << 32));
                    members.Add(new BtfMember(_strings.Text(types.U32(at)), 0, 0, 0, value));
                }

                return new BtfType(kind, name, (int)sizeOrType, 0, 0, flag, members);
            case BtfKind.DataSection:
                for (var i = 0; i < count; i++, at += 12)
                {
                    members.Add(new BtfMember("", (int)types.U32(at), types.U32(at + 4) * 8, 0));
                }

                break;
            case BtfKind.FunctionPrototype:
                for (var i = 0; i < count; i++, at += 8)
                {
                    members.Add(new BtfMember(_strings.Text(types.U32(at)), (int)types.U32(at + 4), 0, 0));
                }

                break;
            case BtfKind.Variable or BtfKind.DeclarationTag: at += 4; break;
            case BtfKind.Pointer or BtfKind.Forward or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const
                or BtfKind.Restrict
                or BtfKind.Function or BtfKind.Float or BtfKind.TypeTag: break;
            default: throw new BpfFormatException(
                $".BTF: offset 0x{place:x}: type of kind {(int)kind}, must be 1 to 19");
        }

        var isSized = kind is BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Float;
        return new BtfType(kind, name, isSized ? (int)sizeOrType : 0, isSized ? 0 : (int)sizeOrType, 0, false, members);
    }
}

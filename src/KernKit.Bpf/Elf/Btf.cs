using KernKit.Bpf.Layouts.Wire;

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
    private const int DepthMax = 32;

    private static readonly WireStructure Header = new(BtfHeaderFieldTable.Text);
    private static readonly WireField Magic = Header["magic"];
    private static readonly WireField Version = Header["version"];
    private static readonly WireField HeaderBytes = Header["hdr_len"];
    private static readonly WireField TypesAt = Header["type_off"];
    private static readonly WireField TypesLength = Header["type_len"];
    private static readonly WireField StringsAt = Header["str_off"];
    private static readonly WireField StringsLength = Header["str_len"];

    private static readonly WireStructure Type = new(BtfTypeFieldTable.Text);
    private static readonly WireField TypeName = Type["name_off"];
    private static readonly WireField TypeKind = Type["info.kind"];
    private static readonly WireField TypeCount = Type["info.vlen"];
    private static readonly WireField TypeFlag = Type["info.kind_flag"];
    private static readonly WireField TypeSize = Type["size"];
    private static readonly WireField Encoding = Type["integer.encoding"];
    private static readonly WireField ArrayType = Type["array.type"];
    private static readonly WireField ArrayCount = Type["array.nelems"];

    private static readonly WireStructure Array = new(BtfArrayFieldTable.Text);

    private static readonly WireStructure Member = new(BtfMemberFieldTable.Text);
    private static readonly WireField MemberName = Member["name_off"];
    private static readonly WireField MemberType = Member["type"];
    private static readonly WireField MemberAt = Member["offset"];

    private static readonly WireStructure Value = new(BtfEnumFieldTable.Text);
    private static readonly WireField ValueName = Value["name_off"];
    private static readonly WireField ValueNumber = Value["val"];

    private static readonly WireStructure Value64 = new(BtfEnum64FieldTable.Text);
    private static readonly WireField Value64Name = Value64["name_off"];
    private static readonly WireField Value64Low = Value64["val_lo32"];
    private static readonly WireField Value64High = Value64["val_hi32"];

    private static readonly WireStructure Parameter = new(BtfParamFieldTable.Text);
    private static readonly WireField ParameterName = Parameter["name_off"];
    private static readonly WireField ParameterType = Parameter["type"];

    private static readonly WireStructure Variable = new(BtfVarSecinfoFieldTable.Text);
    private static readonly WireField VariableType = Variable["type"];
    private static readonly WireField VariableAt = Variable["offset"];

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
        if (section.Length < Header.SizeBytes || Magic.U32(section, 0) != WireConstants.BtfMagic
            || Version.U32(section, 0) != 1)
        {
            throw new BpfFormatException(".BTF: not BTF version 1 in little-endian order");
        }

        var header = HeaderBytes.U64(section, 0);
        return new Btf(
            section.Slice(header + TypesAt.U64(section, 0), TypesLength.U64(section, 0), ".BTF types"),
            section.Slice(header + StringsAt.U64(section, 0), StringsLength.U64(section, 0), ".BTF strings"));
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
                    or BtfKind.DataSection:
                    return checked(count * type.Size);
                default: throw new BpfFormatException($".BTF: type {id} ({type.Kind} {type.Name}) has no size");
            }
        }

        throw new BpfFormatException($".BTF: type {id}: arrays nested deeper than {DepthMax}");
    }

    private BtfType ReadType(ByteCursor types, ref long at)
    {
        var place = at;
        var name = _strings.Text(TypeName.U32(types, place));
        var (kind, count) = ((BtfKind)TypeKind.U32(types, place), TypeCount.I32(types, place));
        var (flag, sizeOrType) = (TypeFlag.U32(types, place) != 0, TypeSize.I32(types, place));
        at += Type.SizeBytes;
        switch (kind)
        {
            case BtfKind.Int:
                at += sizeof(uint);
                return new BtfType(kind, name, sizeOrType, 0, 0, (Encoding.U32(types, place) & 1) != 0, []);
            case BtfKind.Array:
                at += Array.SizeBytes;
                return new BtfType(
                    kind, name, 0, ArrayType.I32(types, place), ArrayCount.I32(types, place), false, []);
            case BtfKind.Enum or BtfKind.Enum64:
                return new BtfType(kind, name, sizeOrType, 0, 0, flag, ReadMembers(types, ref at, kind, count, flag));
            case BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Float:
                return new BtfType(kind, name, sizeOrType, 0, 0, false, ReadMembers(types, ref at, kind, count, flag));
            case BtfKind.Variable or BtfKind.DeclarationTag:
                at += sizeof(uint);
                break;
            case BtfKind.FunctionPrototype or BtfKind.Pointer or BtfKind.Forward or BtfKind.Typedef or BtfKind.Volatile
                or BtfKind.Const or BtfKind.Restrict or BtfKind.Function or BtfKind.TypeTag:
                break;
            default:
                throw new BpfFormatException(
                $".BTF: offset 0x{place:x}: type of kind {(int)kind}, must be 1 to 19");
        }

        return new BtfType(kind, name, 0, sizeOrType, 0, false, kind == BtfKind.FunctionPrototype
            ? ReadMembers(types, ref at, kind, count, flag) : []);
    }

    private List<BtfMember> ReadMembers(ByteCursor types, ref long at, BtfKind kind, int count, bool flag)
    {
        var members = new List<BtfMember>();
        var bytes = kind switch
        {
            BtfKind.Enum => Value.SizeBytes,
            BtfKind.Enum64 => Value64.SizeBytes,
            BtfKind.FunctionPrototype => Parameter.SizeBytes,
            BtfKind.DataSection => Variable.SizeBytes,
            BtfKind.Float => 0,
            _ => Member.SizeBytes,
        };
        for (var i = 0; bytes > 0 && i < count; i++, at += bytes)
        {
            members.Add(kind switch
            {
                BtfKind.Enum => new BtfMember(_strings.Text(ValueName.U32(types, at)), 0, 0, 0,
                    flag ? ValueNumber.I32(types, at) : ValueNumber.U32(types, at)),
                BtfKind.Enum64 => new BtfMember(_strings.Text(Value64Name.U32(types, at)), 0, 0, 0,
                    (long)(Value64Low.U64(types, at) | (Value64High.U64(types, at) << 32))),
                BtfKind.FunctionPrototype => new BtfMember(
                    _strings.Text(ParameterName.U32(types, at)), ParameterType.I32(types, at), 0, 0),
                BtfKind.DataSection => new BtfMember(
                    "", VariableType.I32(types, at), VariableAt.U32(types, at) * 8, 0),
                _ => StructureMember(types, at, flag),
            });
        }

        return members;
    }

    // With the flag the upper eight bits of the offset are the width of a bit field.
    private BtfMember StructureMember(ByteCursor types, long at, bool flag)
    {
        var offset = MemberAt.U32(types, at);
        return new BtfMember(_strings.Text(MemberName.U32(types, at)), MemberType.I32(types, at),
            flag ? offset & 0xffffff : offset, flag ? (int)(offset >> 24) : 0);
    }
}

namespace KernKit.Layout.Compiler.Binding;

/// <summary>What an ABI says about the types of C.</summary>
/// <param name="Name">As schemas write it.</param>
/// <param name="Long">Bytes of <c>long</c>.</param>
/// <param name="Pointer">Bytes of a pointer and of <c>size_t</c>.</param>
/// <param name="Align64">What a structure aligns 8-byte integers to.</param>
/// <param name="AlignDouble">What a structure aligns <c>double</c> to.</param>
/// <param name="TimeT">Bytes of <c>time_t</c>.</param>
/// <param name="OffT">Bytes of <c>off_t</c>.</param>
/// <param name="IsMsvc">True if bit fields are laid out as Microsoft's compiler does.</param>
/// <param name="IsBigEndian">The order of bytes, and with it of bit fields.</param>
/// <remarks>
/// <para>"32 bits" is not one ABI: on i386, Linux and BSD align 8-byte integers in structures to 4; ARM, PowerPC, MIPS
/// and Windows to 8. All facts were taken from gcc and clang, which the tests ask again.</para>
/// </remarks>
internal sealed record AbiPreset(
    string Name,
    int Long,
    int Pointer,
    int Align64,
    int AlignDouble,
    int TimeT,
    int OffT,
    bool IsMsvc = false,
    bool IsBigEndian = false)
{
    /// <summary>All of them; the first stands for those that agree with it.</summary>
    public static IReadOnlyList<AbiPreset> All { get; } =
    [
        new("lp64", 8, 8, 8, 8, 8, 8),
        new("ilp32", 4, 4, 8, 8, 4, 4),
        new("i386", 4, 4, 4, 4, 4, 4),
        new("i386_time64", 4, 4, 4, 4, 8, 8),
        new("llp64", 4, 8, 8, 8, 8, 4, IsMsvc: true),
        new("win32", 4, 4, 8, 8, 8, 4, IsMsvc: true),
        new("lp64_be", 8, 8, 8, 8, 8, 8, IsBigEndian: true),
        new("ilp32_be", 4, 4, 8, 8, 4, 4, IsBigEndian: true),
    ];

    /// <summary>The names, for messages.</summary>
    public static string Names => string.Join(", ", All.Select(static preset => preset.Name));

    /// <summary>
    /// True if some machines of this ABI let unnamed bit fields align a structure, and others do not: ARM and AArch64
    /// do, x86-64, RISC-V and PowerPC do not.
    /// </summary>
    public bool AlignsUnnamedSomewhere => Name is "lp64" or "ilp32";

    public static AbiPreset? Find(string name) => All.FirstOrDefault(preset => preset.Name == name);

    /// <summary>A type of C by its name, which is one word here; null if it is none.</summary>
    public ScalarType? FindType(string name)
    {
        (int bytes, bool isSigned) = name switch
        {
            "short" => (2, true),
            "ushort" => (2, false),
            "int" => (4, true),
            "uint" => (4, false),
            "long" => (Long, true),
            "ulong" => (Long, false),
            "long_long" => (8, true),
            "ulong_long" => (8, false),
            "ssize_t" => (Pointer, true),
            "size_t" or "ptr" => (Pointer, false),
            "time_t" => (TimeT, true),
            "off_t" => (OffT, true),
            "float" => (4, true),
            "double" => (8, true),
            _ => (0, false),
        };
        return bytes == 0
            ? null
            : new ScalarType(bytes, isSigned, OrderKind.Ambient, isFloat: name is "float" or "double");
    }

    /// <summary>What a structure aligns a type to.</summary>
    public int AlignmentOf(TypeModel type) => type switch
    {
        ScalarType { IsFloat: true, Bytes: 8 } => AlignDouble,
        ScalarType scalar => AlignmentOf(scalar.Bytes),
        EnumType value => AlignmentOf(value.Bits / 8),
        BitsType bits => AlignmentOf(bits.Scalar.Bytes),
        StructType structure => structure.AbiAlignments.GetValueOrDefault(Name, 1),
        _ => 1,
    };

    private int AlignmentOf(int bytes) => bytes switch { 2 => 2, 4 => 4, 8 => Align64, 16 => 16, _ => 1 };
}

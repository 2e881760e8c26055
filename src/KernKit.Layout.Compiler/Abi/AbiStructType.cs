namespace KernKit.Layout.Compiler.Binding;

/// <summary>A bit field of C.</summary>
/// <param name="Name">The name in the schema.</param>
/// <param name="CsName">The property.</param>
/// <param name="Container">The field that holds it.</param>
/// <param name="Bit">Its place and width in the container.</param>
internal sealed record CBitField(string Name, string CsName, FieldModel Container, BitField Bit);

/// <summary>One layout of a structure, and the ABIs that have it.</summary>
/// <param name="Structure">With C's padding written down, named after the first of the ABIs.</param>
/// <param name="Presets">At least one.</param>
internal sealed record AbiVariant(StructType Structure, IReadOnlyList<AbiPreset> Presets);

/// <summary>A structure of C types whose layout depends on the ABI.</summary>
internal sealed class AbiStructType(string name, string csName, FileUnit unit, string doc)
    : NamedType(name, csName, unit, doc)
{
    /// <summary>At least two, in the order of <see cref="AbiPreset.All"/>.</summary>
    public List<AbiVariant> Variants { get; } = [];

    public string ViewName => CsName + "View";

    public string EditName => CsName + "Edit";

    public string FixupName => CsName + "Fixup";

    public string LayoutName => "I" + CsName + "Layout";

    /// <summary>The layout under an ABI; null if the schema is not about it.</summary>
    public StructType? For(AbiPreset preset) =>
        Variants.Find(variant => variant.Presets.Contains(preset))?.Structure;
}

using KernKit.Bpf.Elf;
using KernKit.Bpf.Layouts.Wire;

namespace KernKit.Bpf.Tests;

/// <summary>Numbers that the reader of objects has as enumerations are those of the schemas.</summary>
public sealed class WireTests
{
    [Fact]
    public void Kinds_of_types_are_the_schemas()
    {
        var structure = new WireStructure(BtfTypeFieldTable.Text);
        string[] names =
        [
            "VOID", "INT", "PTR", "ARRAY", "STRUCT", "UNION", "ENUM", "FWD", "TYPEDEF", "VOLATILE", "CONST", "RESTRICT",
            "FUNC", "FUNC_PROTO", "VAR", "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64",
        ];
        Assert.Equal(Enum.GetValues<BtfKind>(), names.Select(name =>
            (BtfKind)structure.Member($"btfkind.BTF_{name}")));
    }

    [Fact]
    public void Questions_of_relocations_are_the_schemas()
    {
        var structure = new WireStructure(BtfCoreReloFieldTable.Text);
        string[] names =
        [
            "FIELD_BYTE_OFFSET", "FIELD_BYTE_SIZE", "FIELD_EXISTS", "FIELD_SIGNED", "FIELD_LSHIFT_U64",
            "FIELD_RSHIFT_U64", "TYPE_ID_LOCAL", "TYPE_ID_TARGET", "TYPE_EXISTS", "TYPE_SIZE", "ENUMVAL_EXISTS",
            "ENUMVAL_VALUE", "TYPE_MATCHES",
        ];
        Assert.Equal(Enum.GetValues<CoreKind>(), names.Select(name =>
            (CoreKind)structure.Member($"btfcore.CORE_{name}")));
    }

    [Fact]
    public void A_field_or_member_that_the_schema_lacks_is_our_mistake()
    {
        var structure = new WireStructure(Elf64HeaderFieldTable.Text);
        Assert.Throws<InvalidOperationException>(() => structure["mashine"]);
        Assert.Throws<InvalidOperationException>(() => structure.Member("elfmachine.EM_BFP"));
        Assert.Equal(64, structure.SizeBytes);
    }
}

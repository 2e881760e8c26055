namespace KernKit.Bpf;

/// <summary>A field of a structure of the target.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Bytes from the structure's beginning.</param>
/// <param name="SizeBytes">Bytes; of arrays all of it.</param>
/// <param name="IsSigned">Whether its numbers are signed.</param>
/// <param name="StructureName">Its type, where that is a structure, or that of its elements; else empty.</param>
/// <param name="ElementBytes">Bytes of an element, of arrays.</param>
/// <param name="BitOffset">Bits from the lowest of the field's bytes, of bit fields.</param>
/// <param name="Bits">Bits, of bit fields; else 8 for each byte.</param>
public sealed record CoreField(
    string Name, int Offset, int SizeBytes, bool IsSigned = false, string StructureName = "", int ElementBytes = 0,
    int BitOffset = 0, int Bits = 0);

/// <summary>A structure of the target.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SizeBytes">Bytes.</param>
/// <param name="Fields">Its fields.</param>
public sealed record CoreStructure(string Name, int SizeBytes, IReadOnlyList<CoreField> Fields);

/// <summary>What programs that were compiled once find where they run: structures by name.</summary>
/// <remarks>Made from schemas, or from anything else that knows offsets; structures that it lacks stay as
/// compiled.</remarks>
/// <param name="structures">The structures, with different names.</param>
public sealed class CoreTarget(IEnumerable<CoreStructure> structures)
{
    private readonly Dictionary<string, CoreStructure> _structures =
        structures.ToDictionary(structure => structure.Name);

    /// <summary>The structure of a name.</summary>
    /// <param name="name">Its name; what follows three underscores is a flavour and ignored.</param>
    /// <returns>Null if the target has none.</returns>
    public CoreStructure? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var flavour = name.IndexOf("___", StringComparison.Ordinal);
        return _structures.GetValueOrDefault(flavour > 0 ? name[..flavour] : name);
    }
}

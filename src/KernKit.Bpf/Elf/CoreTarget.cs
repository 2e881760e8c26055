using KernKit.Bpf.Elf;

namespace KernKit.Bpf;

/// <summary>What programs that were compiled once find where they run: structures by name.</summary>
/// <remarks>Made from schemas, or from anything else that knows offsets; structures that it lacks stay as
/// compiled. Fill it before objects are loaded with it; afterwards it is only read, from any thread.</remarks>
/// <param name="structures">The structures, with different names; none unless given.</param>
public sealed class CoreTarget(params IEnumerable<CoreStructure> structures)
{
    private readonly Dictionary<string, CoreStructure> _structures =
        structures.ToDictionary(structure => structure.Name);

    /// <summary>Adds a structure of a schema.</summary>
    /// <param name="fieldTable">The text that the schema compiler writes for it (<c>XFieldTable.Text</c>): fields,
    /// fields of structures within it, arrays, bits.</param>
    /// <param name="name">What C calls the structure; null for its name in the schema.</param>
    /// <returns>This target.</returns>
    /// <exception cref="ArgumentException">There is a structure of that name.</exception>
    /// <exception cref="FormatException">No such text; says which line.</exception>
    public CoreTarget Add(string fieldTable, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(fieldTable);
        foreach (var structure in CoreTableReader.Read(fieldTable, name))
        {
            _structures.Add(structure.Name, structure);
        }

        return this;
    }

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

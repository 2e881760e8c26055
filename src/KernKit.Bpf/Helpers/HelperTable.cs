namespace KernKit.Bpf;

/// <summary>A function of the host that programs call by number.</summary>
/// <param name="machine">The machine that runs the program: gives access to its memory, and takes faults.</param>
/// <param name="argument1">Register 1.</param>
/// <param name="argument2">Register 2.</param>
/// <param name="argument3">Register 3.</param>
/// <param name="argument4">Register 4.</param>
/// <param name="argument5">Register 5.</param>
/// <returns>Register 0 after the call.</returns>
public delegate ulong HelperFunction(
    BpfMachine machine, ulong argument1, ulong argument2, ulong argument3, ulong argument4, ulong argument5);

/// <summary>The helpers that a machine offers, by number.</summary>
/// <remarks>Fill it before machines are made from it; afterwards it is only read, from any thread.</remarks>
public sealed class HelperTable
{
    /// <summary>Numbers go from 0 to this, excluded: large enough for Linux's.</summary>
    public const int IdLimit = 4096;

    private readonly SortedDictionary<int, Entry> _entries = [];

    internal sealed record Entry(string Name, HelperFunction Function, HelperPrototype? Prototype, bool EndsOnZero);

    /// <summary>Adds a helper.</summary>
    /// <param name="id">Its number, 0 to <see cref="IdLimit"/> - 1, not taken yet.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="function">What it does. An exception that it throws becomes a fault of the program.</param>
    /// <param name="prototype">What the verifier checks calls against; null: any five numbers to a number.</param>
    /// <param name="endsOnZero">Whether a result of 0 ends the program with 0 ("unwind").</param>
    /// <returns>This table.</returns>
    /// <exception cref="ArgumentException">The number is out of range or taken.</exception>
    public HelperTable Add(
        int id, string name, HelperFunction function, HelperPrototype? prototype = null, bool endsOnZero = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, IdLimit);
        ArgumentNullException.ThrowIfNull(function);
        if (!_entries.TryAdd(id, new Entry(name, function, prototype, endsOnZero)))
        {
            throw new ArgumentException($"helper {id} is {_entries[id].Name} already", nameof(id));
        }

        return this;
    }

    /// <summary>How many there are.</summary>
    public int Count => _entries.Count;

    internal Entry? Find(int id) => _entries.GetValueOrDefault(id);

    internal Entry?[] ToArray()
    {
        var array = new Entry?[_entries.Count == 0 ? 0 : _entries.Keys.Last() + 1];
        foreach (var (id, entry) in _entries)
        {
            array[id] = entry;
        }

        return array;
    }
}

using KernKit.Bpf;
using KernKit.Volumes.Layouts.Search;

namespace KernKit.Volumes;

/// <summary>A condition on the entries of a volume: <c>type == file &amp;&amp; size > 1M</c>.</summary>
/// <remarks>
/// The record that the predicate sees is laid out by layouts/own/entry.layout: attributes, then the format's own inode
/// as it lies on the device (<c>dinode.flags</c>), then name, target and path. Only what the expression names is filled
/// in, so a condition on names alone never reads an inode. For one thread at a time.
/// </remarks>
public sealed class EntryFilter : IDisposable
{
    private readonly Volume _volume;
    private readonly Hook _hook;
    private readonly NodeRecord? _record;
    private readonly bool _usesAttributes;
    private readonly bool _usesName;
    private readonly bool _usesTarget;
    private readonly bool _usesPath;

    /// <summary>Compiles a condition for a volume.</summary>
    /// <param name="volume">The volume; not owned.</param>
    /// <param name="expression">The condition.</param>
    /// <param name="time">The clock that <c>now</c> is read from; null for the system's.</param>
    /// <exception cref="PredicateException">It is no condition on this volume's entries; says the column.</exception>
    public EntryFilter(Volume volume, string expression, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(volume);
        _volume = volume;
        Predicate = Predicate.Compile(expression, Fields(volume), time);
        var used = Predicate.Fields;
        _usesName = used.Contains("name");
        _usesTarget = used.Contains("target");
        _usesPath = used.Contains("path");
        _record = volume.Record is { } record
            && used.Any(name => name.StartsWith(record.Name + ".", StringComparison.Ordinal)) ? record : null;
        _usesAttributes = used.Any(static name => !name.Contains('.', StringComparison.Ordinal)
            && name is not ("name" or "path" or "target" or "type" or "inode" or "depth"))
            || used.Any(static name => name.StartsWith("rdev.", StringComparison.Ordinal));
        // Most searches are over before a compiler would have paid for itself: 50 ns an entry is what it saves.
        _hook = Predicate.CreateHook(EntryView.Size, new MachineOptions { CompileAfterRuns = 200_000 });
    }

    /// <summary>The condition.</summary>
    public Predicate Predicate { get; }

    /// <summary>Whether the walk has to read attributes: <c>needAttributes</c> of <see cref="VolumeWalk"/>.</summary>
    public bool NeedsAttributes => _usesAttributes;

    /// <summary>Entries for which the condition had no value (a division by zero, a result beyond 64 bits).</summary>
    public long NoValueCount { get; private set; }

    /// <summary>The names that conditions on a volume's entries may use.</summary>
    /// <param name="volume">The volume: its format's own structure, and the times that it keeps.</param>
    /// <returns>A new table.</returns>
    public static FieldTable Fields(Volume volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var root = volume.GetAttributes(volume.RootId);
        var absent = new List<string>();
        absent.AddRange(root.Accessed is null ? ["atime", "atime_ns"] : []);
        absent.AddRange(root.Changed is null ? ["ctime", "ctime_ns"] : []);
        absent.AddRange(root.Born is null ? ["birthtime", "birthtime_ns"] : []);
        var table = new FieldTable().AddParsed(EntryFieldTable.Text, isBigEndian: false, change: field => field switch
        {
            { Kind: PredicateFieldKind.Text } => field with { LengthOffset = LengthOf(field.Name) },
            { Kind: PredicateFieldKind.Bytes, Name: "record" } or { Dimensions.Count: > 0 } => null,
            { Name: "path_length" or "name_length" or "target_length" } => null,
            _ => absent.Contains(field.Name) ? null : field,
        });
        foreach (var name in absent)
        {
            table.AddAbsent(name, $"{volume.Format} keeps none");
        }

        return volume.Record is { } record
            ? table.AddParsed(record.Fields, record.IsBigEndian, record.Name + ".", EntryView.Offsets.Record) : table;
    }

    /// <summary>Whether the condition accepts the current entry of a walk over the volume.</summary>
    /// <param name="walk">The walk, on an entry.</param>
    /// <returns>False also where the condition has no value.</returns>
    /// <exception cref="VolumeException">What the condition asks for cannot be read.</exception>
    public bool Accepts(VolumeWalk walk)
    {
        ArgumentNullException.ThrowIfNull(walk);
        var context = _hook.Context(EntryView.Size);
        ref readonly var node = ref walk.Attributes;
        var entry = new EntryEdit(context);
        FillAttributes(entry, node, walk.Depth);
        _record?.Read(node.Id, context.Slice(EntryView.Offsets.Record, _record.Bytes));
        var path = walk.Path;
        if (_usesPath)
        {
            path.CopyTo(context[EntryView.Offsets.Path..]);
            entry.PathLength = (uint)path.Length;
        }

        if (_usesName)
        {
            var name = path[(path.LastIndexOf((byte)'/') + 1)..];
            name.CopyTo(context[EntryView.Offsets.Name..]);
            entry.NameLength = (uint)name.Length;
        }

        if (_usesTarget)
        {
            var target = node.Type == NodeType.Symlink ? _volume.ReadLink(node) : [];
            target.CopyTo(context[EntryView.Offsets.Target..]);
            entry.TargetLength = (uint)target.Length;
        }

        var verdict = _hook.Decide(EntryView.Size);
        NoValueCount += verdict == Predicate.NoValue ? 1 : 0;
        return verdict == Predicate.Yes;
    }

    /// <summary>Gives the machine's memory back.</summary>
    public void Dispose() => _hook.Dispose();

    private static int LengthOf(string name) => name switch
    {
        "name" => EntryView.Offsets.NameLength,
        "target" => EntryView.Offsets.TargetLength,
        _ => EntryView.Offsets.PathLength,
    };

    private static void FillAttributes(EntryEdit entry, in NodeAttributes node, int depth)
    {
        entry.Inode = node.Id;
        entry.SizeValue = node.Size;
        entry.Mtime = Nanoseconds(node.Modified);
        entry.Atime = Nanoseconds(node.Accessed);
        entry.Ctime = Nanoseconds(node.Changed);
        entry.Birthtime = Nanoseconds(node.Born);
        entry.Uid = node.UserId;
        entry.Gid = node.GroupId;
        entry.Nlink = node.LinkCount;
        entry.Flags = node.Flags;
        entry.Mode = node.Permissions;
        entry.Type = node.Type switch
        {
            NodeType.File => EntryType.File,
            NodeType.Directory => EntryType.Dir,
            NodeType.Symlink => EntryType.Symlink,
            NodeType.CharacterDevice => EntryType.Chr,
            NodeType.BlockDevice => EntryType.Blk,
            NodeType.Fifo => EntryType.Fifo,
            NodeType.Socket => EntryType.Socket,
            NodeType.Whiteout => EntryType.Whiteout,
            _ => EntryType.Unknown,
        };
        entry.Depth = (uint)depth;
        var device = entry.Rdev;
        device.Major = node.Device?.Major ?? 0;
        device.Minor = node.Device?.Minor ?? 0;
    }

    // Times beyond the years 1677 to 2262 count as the nearest that nanoseconds in 64 bits reach.
    private static long Nanoseconds(UnixTime? time) => time is not { } at ? 0
        : (long)Int128.Clamp(at.TotalNanoseconds, long.MinValue, long.MaxValue);
}

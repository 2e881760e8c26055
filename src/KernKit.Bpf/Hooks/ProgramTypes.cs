using KernKit.Bpf.Layouts.Kernel;
using KernKit.Bpf.Layouts.Scheduler;

namespace KernKit.Bpf;

/// <summary>The program types that come with the machine.</summary>
/// <remarks>Contexts named like Linux's have its field names and offsets (linux/bpf.h, linux/seccomp.h), as far as
/// they go. Where a field lies only the schemas say: layouts/kernel/bpf.layout, seccomp.layout and
/// layouts/own/scheduler.layout, whose tables the build puts into the program.</remarks>
public static class ProgramTypes
{
    private static readonly HelperTable Standard = StandardHelpers.Create();

    /// <summary>Judges one record of any kind: r1 its bytes, r2 their number; nonzero accepts.</summary>
    public static ProgramType Record { get; } = new()
    {
        Name = "record",
        Sections = ["record", "record/"],
        IsRecord = true,
        Helpers = Standard,
    };

    /// <summary>Judges a packet: r1 its bytes, r2 their number; the result is the number of bytes to keep.</summary>
    public static ProgramType PacketFilter { get; } = new()
    {
        Name = "packet",
        Sections = ["packet", "socket", "socket/"],
        IsRecord = true,
        Helpers = Standard,
        VerdictMax = uint.MaxValue,
    };

    /// <summary>Judges a packet through xdp_md: 0 aborted, 1 drop, 2 pass, 3 transmit, 4 redirect. Fallback:
    /// pass.</summary>
    public static ProgramType Xdp { get; } = new()
    {
        Name = "xdp",
        Sections = ["xdp", "xdp/", "xdp."],
        IsWritable = true,
        Context = Table(XdpMdFieldTable.Text),
        ContextBytes = Table(XdpMdFieldTable.Text).RecordBytes,
        Fields = Fields(XdpMdFieldTable.Text),
        Helpers = Standard,
        Fallback = 2,
        VerdictMax = 4,
    };

    /// <summary>Judges a packet through __sk_buff, of which length, mark, protocol, priority, cb and data are
    /// there.</summary>
    public static ProgramType Classifier { get; } = new()
    {
        Name = "tc",
        Sections = ["tc", "tc/", "classifier", "classifier/", "action", "action/"],
        IsWritable = true,
        Context = Table(SkBuffFieldTable.Text),
        ContextBytes = Table(SkBuffFieldTable.Text).RecordBytes,
        Fields = Fields(SkBuffFieldTable.Text,
            ["mark", "queue_mapping", "priority", "tc_index", "cb", "tc_classid"]),
        Helpers = Standard,
        Fallback = 0,
    };

    /// <summary>Judges a message that asks for a system call (seccomp_data); the result is a seccomp action.</summary>
    /// <remarks>Fallback: 0, kill the thread, as a policy that fails must not allow.</remarks>
    public static ProgramType MessagePolicy { get; } = new()
    {
        Name = "policy",
        Sections = ["policy", "seccomp"],
        Context = Table(SeccompDataFieldTable.Text),
        ContextBytes = Table(SeccompDataFieldTable.Text).RecordBytes,
        Fields = Fields(SeccompDataFieldTable.Text),
        Helpers = Standard,
        Fuel = 100_000,
        VerdictMax = uint.MaxValue,
    };

    /// <summary>Chooses where a user thread goes: the result is a worker's number, or -1 for the scheduler's own
    /// choice.</summary>
    public static ProgramType SchedulerPolicy { get; } = new()
    {
        Name = "scheduler",
        Sections = ["scheduler", "scheduler/"],
        Context = Table(ReadyThreadFieldTable.Text),
        ContextBytes = Table(ReadyThreadFieldTable.Text).RecordBytes,
        Fields = Fields(ReadyThreadFieldTable.Text),
        Helpers = Standard,
        Fuel = 10_000,
        Fallback = ulong.MaxValue,
    };

    /// <summary>Sees one event of a tracing probe: what it wants to keep it puts into maps; the result is
    /// ignored.</summary>
    public static ProgramType Probe { get; } = new()
    {
        Name = "probe",
        Sections = ["probe", "probe/", "tracepoint/", "tp/", "kprobe/", "uprobe/"],
        IsRecord = true,
        Helpers = Standard,
        Fuel = 100_000,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ProgramType> All { get; } =
        [Record, PacketFilter, Xdp, Classifier, MessagePolicy, SchedulerPolicy, Probe];

    /// <summary>Finds a type by its name, or by a section that its programs have.</summary>
    /// <param name="nameOrSection">A name as in <see cref="ProgramType.Name"/>, or the name of an ELF section.</param>
    /// <returns>Null if there is none.</returns>
    public static ProgramType? Find(string nameOrSection)
    {
        ArgumentNullException.ThrowIfNull(nameOrSection);
        return All.FirstOrDefault(type => type.Name == nameOrSection)
            ?? All.FirstOrDefault(type => type.Sections.Any(section =>
                section[^1] is '/' or '.' ? nameOrSection.StartsWith(section, StringComparison.Ordinal)
                    : nameOrSection == section));
    }

    private static FieldTable Table(string text) => FieldTable.Parse(text);

    // The structure's own fields; an array is one of them.
    private static ContextField[] Fields(string text, string[]? writable = null) =>
    [
        .. Table(text).Fields.Select(field => new ContextField(
            field.Name.Split('[')[0],
            field.Offset,
            field.SizeBytes * (field.Dimensions.Count > 0 ? field.Dimensions[0].Count : 1),
            field.Name switch
            {
                "data" => ContextFieldKind.PacketStart,
                "data_end" => ContextFieldKind.PacketEnd,
                "data_meta" => ContextFieldKind.PacketMeta,
                _ => ContextFieldKind.Number,
            },
            writable?.Contains(field.Name.Split('[')[0]) ?? false)),
    ];
}

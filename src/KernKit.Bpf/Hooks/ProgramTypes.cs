namespace KernKit.Bpf;

/// <summary>The program types that come with the machine.</summary>
/// <remarks>Contexts named like Linux's have its field names and offsets (linux/bpf.h, linux/seccomp.h), as far as
/// they go.</remarks>
public static class ProgramTypes
{
    private const ContextFieldKind Start = ContextFieldKind.PacketStart;
    private const ContextFieldKind End = ContextFieldKind.PacketEnd;

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
        ContextBytes = 24,
        IsWritable = true,
        Fields =
        [
            new("data", 0, 4, Start), new("data_end", 4, 4, End), new("data_meta", 8, 4, ContextFieldKind.PacketMeta),
            new("ingress_ifindex", 12, 4), new("rx_queue_index", 16, 4), new("egress_ifindex", 20, 4),
        ],
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
        ContextBytes = 192,
        IsWritable = true,
        Fields =
        [
            new("len", 0, 4), new("pkt_type", 4, 4), new("mark", 8, 4, IsWritable: true),
                new("queue_mapping", 12, 4, IsWritable: true),
            new("protocol", 16, 4), new("vlan_present", 20, 4), new("vlan_tci", 24, 4), new("vlan_proto", 28, 4),
            new("priority", 32, 4, IsWritable: true), new("ingress_ifindex", 36, 4), new("ifindex", 40, 4),
            new("tc_index", 44, 4, IsWritable: true), new("cb", 48, 20, IsWritable: true), new("hash", 68, 4),
            new("tc_classid", 72, 4, IsWritable: true), new("data", 76, 4, Start), new("data_end", 80, 4, End),
        ],
        Helpers = Standard,
        Fallback = 0,
    };

    /// <summary>Judges a message that asks for a system call (seccomp_data); the result is a seccomp action.</summary>
    /// <remarks>Fallback: 0, kill the thread, as a policy that fails must not allow.</remarks>
    public static ProgramType MessagePolicy { get; } = new()
    {
        Name = "policy",
        Sections = ["policy", "seccomp"],
        ContextBytes = 64,
        Fields =
        [
            new("nr", 0, 4), new("arch", 4, 4), new("instruction_pointer", 8, 8), new("arg0", 16, 8),
                new("arg1", 24, 8),
            new("arg2", 32, 8), new("arg3", 40, 8), new("arg4", 48, 8), new("arg5", 56, 8),
        ],
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
        ContextBytes = 64,
        Fields =
        [
            new("thread", 0, 8), new("previous_worker", 8, 4), new("worker_count", 12, 4), new("idle_workers", 16, 8),
            new("runtime_ns", 24, 8), new("wait_ns", 32, 8), new("priority", 40, 4), new("flags", 44, 4),
            new("shortest_queue_worker", 48, 4), new("shortest_queue_length", 52, 4), new("now_ns", 56, 8),
        ],
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
}

using System.Buffers.Binary;

namespace KernKit.Bpf.Predicates.Tests;

/// <summary>Hooks whose contexts come from schemas: conditions on them, many at once, counters, fallback.</summary>
public sealed class HookTests
{
    [Theory]
    [InlineData("xdp", 24, "data:0 data_end:4 data_meta:8 ingress_ifindex:12 rx_queue_index:16 egress_ifindex:20")]
    [InlineData("tc", 192, "len:0 pkt_type:4 mark:8 queue_mapping:12 protocol:16 vlan_present:20 vlan_tci:24 "
        + "vlan_proto:28 priority:32 ingress_ifindex:36 ifindex:40 tc_index:44 cb:48 hash:68 tc_classid:72 data:76 "
        + "data_end:80")]
    [InlineData("policy", 64, "nr:0 arch:4 instruction_pointer:8 args:16")]
    [InlineData("scheduler", 64, "thread:0 previous_worker:8 worker_count:12 idle_workers:16 runtime_ns:24 wait_ns:32 "
        + "priority:40 flags:44 shortest_queue_worker:48 shortest_queue_length:52 now_ns:56")]
    public void Contexts_are_the_schemas(string type, int bytes, string fields)
    {
        var found = ProgramTypes.Find(type)!;
        Assert.Equal(bytes, found.ContextBytes);
        Assert.Equal(fields, string.Join(' ', found.Fields.Select(static field => $"{field.Name}:{field.Offset}")));
    }

    [Fact]
    public void A_policy_can_be_a_condition()
    {
        var predicate = Predicate.Compile("nr == 59 && args[1] > 1G", ProgramTypes.MessagePolicy.Context!);
        Assert.True(predicate.Verdict.IsAccepted);
        using var hook = new Hook(ProgramTypes.MessagePolicy, predicate.Program);
        var message = new byte[64];
        Assert.Equal(0UL, hook.Decide(message));
        message[0] = 59;
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(24), 1UL << 40);
        Assert.Equal(1UL, hook.Decide(message));
        Assert.Equal(2, hook.RunCount);
    }

    [Fact]
    public void A_scheduler_policy_can_be_a_condition()
    {
        var predicate = Predicate.Compile("wait_ns > 1000000 && priority >= 2", ProgramTypes.SchedulerPolicy.Context!);
        using var hook = new Hook(ProgramTypes.SchedulerPolicy, predicate.Program);
        var context = hook.Context(64);
        context.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(context[32..], 2_000_000);
        Assert.Equal(0UL, hook.Decide(64));
        context[40] = 2;
        Assert.Equal(1UL, hook.Decide(64));
    }

    [Theory]
    [InlineData("record", 0UL)]
    [InlineData("packet", 0UL)]
    [InlineData("xdp", 2UL)]
    [InlineData("tc", 0UL)]
    [InlineData("policy", 0UL)]
    [InlineData("scheduler", ulong.MaxValue)]
    [InlineData("probe", 0UL)]
    public void Each_type_answers_with_its_fallback_when_a_program_fails(string type, ulong fallback)
    {
        var found = ProgramTypes.Find(type)!;
        var program = Assembler.Assemble("r0 = *(u8 *)(r1 + 8192)\nexit\n");
        using (var hook = new Hook(found, program))
        {
            Assert.Equal(fallback, Ask(hook));
            Assert.Equal((1, 1, 0), (hook.RunCount, hook.FaultCount, hook.OutOfFuelCount));
            Assert.Equal(RunStatus.Fault, hook.LastFailure!.Value.Status);
        }

        using var endless = new Hook(found, Assembler.Assemble("again: goto again\n"),
            new MachineOptions { Engine = EngineKind.Interpreter });
        Assert.Equal(fallback, Ask(endless));
        Assert.Equal((1, 0, 1), (endless.RunCount, endless.FaultCount, endless.OutOfFuelCount));

        // Contexts with pointers are the hook's to fill.
        static ulong Ask(Hook hook) => hook.Type.Name is "xdp" or "tc"
            ? hook.DecidePacket(new byte[1]) : hook.Decide(new byte[Math.Max(1, hook.Type.ContextBytes)]);
    }

    [Fact]
    public void Many_at_once_are_judged_one_by_one()
    {
        using var hook = new Hook(ProgramTypes.Record, Assembler.Assemble("""
            r0 = *(u8 *)(r1 + 0)
            if r0 != 3 goto end
            r0 = *(u8 *)(r1 + 99)
            end: exit
            """));
        var verdicts = new ulong[4];
        Assert.Equal(4, hook.DecideMany([1, 0, 2, 0, 3, 0, 4, 0], 2, verdicts));
        Assert.Equal([1UL, 2UL, 0UL, 4UL], verdicts);
        Assert.Equal((4, 1), (hook.RunCount, hook.FaultCount));
        Assert.Throws<ArgumentException>(() => hook.DecideMany([1, 2, 3], 2, verdicts));
        Assert.Throws<ArgumentException>(() => hook.DecideMany(new byte[10], 2, verdicts));
        var records = new byte[8];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            hook.DecideMany(records, 2, verdicts);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_probe_counts_into_a_map()
    {
        var definition = new MapDefinition("counts", MapKind.Array, 4, 8, 4);
        var arena = BpfArena.For([definition], 64);
        var map = BpfMap.Create(arena, definition);
        var program = Assembler.Assemble("""
            r6 = *(u32 *)(r1 + 0)
            *(u32 *)(r10 - 4) = r6
            ld_pseudo r1, 0x1, 0
            r2 = r10
            r2 += -4
            call 1
            if r0 == 0 goto end
            r1 = *(u64 *)(r0 + 0)
            r1 += 1
            *(u64 *)(r0 + 0) = r1
            end: r0 = 0
            exit
            """);
        using var hook = new Hook(ProgramTypes.Probe, program, new MachineOptions { Arena = arena, Maps = [map] });
        foreach (var number in new byte[] { 2, 3, 2, 9 })
        {
            Assert.Equal(0UL, hook.Decide([number, 0, 0, 0]));
        }

        Assert.Equal((4, 0), (hook.RunCount, hook.FaultCount));
        var value = new byte[8];
        Assert.True(map.TryRead([2, 0, 0, 0], value));
        Assert.Equal(2, BitConverter.ToInt64(value));
    }
}

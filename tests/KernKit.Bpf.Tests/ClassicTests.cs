using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace KernKit.Bpf.Tests;

/// <summary>Classic filters decide as tcpdump, libpcap and libseccomp do.</summary>
public sealed partial class ClassicTests
{
    private const int PacketCount = 600;

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp port 53")]
    [InlineData("tcp dst portrange 80-443 and not src host 10.0.0.1")]
    [InlineData("vlan and ip")]
    [InlineData("ip6 and tcp")]
    [InlineData("arp or icmp")]
    [InlineData("ip[8] > 60 and ip[2:2] < 100")]
    [InlineData("tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn")]
    [InlineData("ether[0] & 1 != 0 or len > 100")]
    [InlineData("net 10.0.0.0/8 and ((ip[0] & 0xf) << 2) == 24")]
    [InlineData("ip[len - 20] = 0 or ether[len / 2] % 3 = 1")]
    public void A_filter_accepts_what_tcpdump_accepts(string filter)
    {
        var file = Path.GetTempFileName();
        try
        {
            var packets = Packets();
            WriteCapture(file, packets);
            var kept = file + ".kept";
            Programs.Run("tcpdump", "-r", file, "-w", kept, filter);
            var expected = ReadSeconds(File.ReadAllBytes(kept));
            File.Delete(kept);
            var program = ClassicFilter.FromTcpdump(Programs.Run("tcpdump", "-y", "EN10MB", "-ddd", filter));
            foreach (var engine in new[] { EngineKind.Interpreter, EngineKind.Compiled })
            {
                using var hook = new Hook(ProgramTypes.PacketFilter, program, new MachineOptions { Engine = engine });
                var actual = Enumerable.Range(0, packets.Count).Where(i => hook.DecidePacket(packets[i]) != 0);
                Assert.Equal(expected, actual);
                Assert.Null(hook.LastFailure);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Random_classic_programs_give_what_libpcap_gives()
    {
        ushort[] codes =
        [
            0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x80, 0x01, 0x61, 0x81, 0xb1, 0x02, 0x03, 0x04, 0x0c,
                0x14, 0x1c,
            0x24, 0x2c, 0x34, 0x3c, 0x44, 0x4c, 0x54, 0x5c, 0x64, 0x74, 0x84, 0x94, 0x9c, 0xa4, 0xac, 0x05, 0x15,
                0x1d, 0x25,
            0x2d, 0x35, 0x3d, 0x45, 0x4d, 0x06, 0x16, 0x07, 0x87,
        ];
        var random = new Random(11);
        var packet = new byte[40];
        for (var round = 0; round < 3_000; round++)
        {
            random.NextBytes(packet);
            var program = new ClassicInstruction[random.Next(2, 30)];
            for (var i = 0; i < program.Length; i++)
            {
                var code = i == program.Length - 1 ? (ushort)0x16 : codes[random.Next(codes.Length)];
                var rest = program.Length - i - 2;
                uint k = code switch
                {
                    0x05 => (uint)random.Next(rest + 1),
                    0x60 or 0x61 or 0x02 or 0x03 => (uint)random.Next(16),
                    0x34 or 0x94 => (uint)random.Next(1, 100),
                    0x64 or 0x74 => (uint)random.Next(32),
                    0x04 or 0x14 or 0x24 or 0x44 or 0x54 or 0xa4 or 0x00 or 0x01 when random.Next(2) == 0 =>
                        (uint)random.NextInt64(1L << 32),
                    _ => (uint)random.Next(36),
                };
                var isJump = (code & 7) == 5 && code != 5;
                program[i] = new(code, (byte)(isJump ? random.Next(Math.Max(1, rest + 1)) : 0),
                    (byte)(isJump ? random.Next(Math.Max(1, rest + 1)) : 0), k);
                program[i] = isJump && rest < 0 ? new(0x16, 0, 0, 0) : program[i];
            }

            // libpcap does not clear the scratch words.
            program = [.. Enumerable.Range(0, 16).Select(word => new ClassicInstruction(2, 0, 0, (uint)word)),
                .. program];
            var bytes = ToBytes(program);
            var expected = PcapFilter(bytes, packet, (uint)packet.Length, (uint)packet.Length);
            using var machine = new BpfMachine(ClassicFilter.FromPacketFilter(bytes),
                new MachineOptions { ContextBytesMax = 64 });
            var result = machine.Run(packet.AsSpan());
            Assert.True(
                result.Status == RunStatus.Ok && result.Value == expected,
                $"round {round}: libpcap 0x{expected:x}, here {result}\n" + string.Join('\n', program));
        }
    }

    [Fact]
    public void A_policy_of_libseccomp_decides_by_its_rules()
    {
        const uint Allow = 0x7fff0000;
        const uint Refuse = 0x00050000 | 13;
        var context = SeccompInit(Allow);
        var file = Path.GetTempFileName();
        try
        {
            foreach (var call in new[] { 1, 59, 101, 231 })
            {
                Assert.Equal(0, SeccompRuleAdd(context, Refuse, call, 0));
            }

            using (var stream = File.OpenWrite(file))
            {
                Assert.Equal(0, SeccompExport(context, (int)stream.SafeFileHandle.DangerousGetHandle()));
            }

            var program = ClassicFilter.FromSeccomp(File.ReadAllBytes(file));
            using var hook = new Hook(ProgramTypes.MessagePolicy, program);
            var message = new byte[64];
            for (var call = 0; call < 400; call++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(message, call);
                BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), 0xc000003e);
                Assert.Equal(call is 1 or 59 or 101 or 231 ? Refuse : Allow, hook.Decide(message));
            }

            BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), 7);
            Assert.Equal(0UL, hook.Decide(message));
        }
        finally
        {
            SeccompRelease(context);
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("1\n6 0 0", "line 2")]
    [InlineData("2\n6 0 0 1", "line 1")]
    [InlineData("1\n5 0 0 1", "last instruction must be a return")]
    [InlineData("2\n21 5 0 1\n6 0 0 1", "jumps to 6")]
    [InlineData("2\n255 0 0 1\n6 0 0 1", "code 0xff")]
    [InlineData("2\n2 0 0 16\n6 0 0 1", "scratch word 16")]
    [InlineData("2\n52 0 0 0\n6 0 0 1", "A /= 0")]
    [InlineData("2\n32 0 0 4294963200\n6 0 0 1", "extension")]
    public void A_malformed_classic_program_is_refused(string text, string message)
    {
        var error = Assert.Throws<BpfFormatException>(() => ClassicFilter.FromTcpdump(text));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static byte[] ToBytes(ClassicInstruction[] program)
    {
        var bytes = new byte[program.Length * 8];
        for (var i = 0; i < program.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * 8), program[i].Code);
            (bytes[(i * 8) + 2], bytes[(i * 8) + 3]) = (program[i].JumpTrue, program[i].JumpFalse);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((i * 8) + 4), program[i].K);
        }

        return bytes;
    }

    private static List<byte[]> Packets()
    {
        var random = new Random(3);
        var packets = new List<byte[]>();
        for (var i = 0; i < PacketCount; i++)
        {
            var packet = new byte[random.Next(60, 140)];
            random.NextBytes(packet);
            var type = 12;
            if (random.Next(5) == 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x8100);
                type = 16;
            }

            var protocol = new ushort[] { 0x0800, 0x0800, 0x0800, 0x86dd, 0x0806 }[random.Next(5)];
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(type), protocol);
            var network = packet.AsSpan(type + 2);
            if (protocol == 0x0800)
            {
                network[0] = (byte)(0x45 + random.Next(2));
                BinaryPrimitives.WriteUInt16BigEndian(network[6..], (ushort)(random.Next(4) == 0 ? 0x2001 : 0));
                network[9] = new byte[] { 6, 17, 1, 47 }[random.Next(4)];
                (network[12], network[13], network[14], network[15]) =
                    ((byte)random.Next(9, 11), 0, 0, (byte)random.Next(1, 3));
                var transport = network[((network[0] & 15) * 4)..];
                BinaryPrimitives.WriteUInt16BigEndian(transport[2..],
                    (ushort)new[] { 53, 80, 443, 9999 }[random.Next(4)]);
            }
            else if (protocol == 0x86dd)
            {
                (network[0], network[6]) = (0x60, new byte[] { 6, 17, 58 }[random.Next(3)]);
            }

            packets.Add(packet);
        }

        return packets;
    }

    private static void WriteCapture(string file, List<byte[]> packets)
    {
        using var writer = new BinaryWriter(File.Create(file));
        foreach (var word in new uint[] { 0xa1b2c3d4, 0x0004_0002, 0, 0, 65535, 1 })
        {
            writer.Write(word);
        }

        for (var i = 0; i < packets.Count; i++)
        {
            writer.Write(i);
            writer.Write(0);
            writer.Write(packets[i].Length);
            writer.Write(packets[i].Length);
            writer.Write(packets[i]);
        }
    }

    private static List<int> ReadSeconds(byte[] capture)
    {
        var seconds = new List<int>();
        for (var at = 24; at < capture.Length; at += 16 + BitConverter.ToInt32(capture, at + 8))
        {
            seconds.Add(BitConverter.ToInt32(capture, at));
        }

        return seconds;
    }

    [LibraryImport("libpcap.so.0.8", EntryPoint = "bpf_filter")]
    private static partial uint PcapFilter(byte[] program, byte[] packet, uint wireLength, uint length);

    [LibraryImport("libseccomp.so.2", EntryPoint = "seccomp_init")]
    private static partial nint SeccompInit(uint action);

    [LibraryImport("libseccomp.so.2", EntryPoint = "seccomp_rule_add_array")]
    private static partial int SeccompRuleAdd(nint context, uint action, int call, uint count, nint rules = 0);

    [LibraryImport("libseccomp.so.2", EntryPoint = "seccomp_export_bpf")]
    private static partial int SeccompExport(nint context, int descriptor);

    [LibraryImport("libseccomp.so.2", EntryPoint = "seccomp_release")]
    private static partial void SeccompRelease(nint context);
}

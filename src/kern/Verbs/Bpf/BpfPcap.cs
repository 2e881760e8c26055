using KernKit.Bpf;
using KernKit.Command.Layouts;
using KernKit.Command.Layouts.Wire;
using KernKit.Layout;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>Asks a program about each packet of a capture file.</summary>
/// <remarks>The format is that of layouts/wire/pcap.layout: both byte orders, micro- and nanoseconds.</remarks>
internal static class BpfPcap
{
    /// <summary>Longer packets are refused.</summary>
    public const int PacketBytesMax = 1 << 20;

    private const uint MagicMicroseconds = 0xa1b2c3d4;
    private const uint MagicNanoseconds = 0xa1b23c4d;

    /// <summary>Prints the number of each packet that is accepted, with what the program returned.</summary>
    /// <returns>Whether any was.</returns>
    public static bool Run(string name, Stream file, BpfCapture asked, Session session)
    {
        var header = new byte[PcapFormat.ProbeSize];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            throw BpfVerb.Refused(name, "shorter than the header of a pcap file");
        }

        if (!PcapFormat.TryAccept(header, out var order))
        {
            throw BpfVerb.Refused(name, "offset 0: not a pcap file (pcapng is not read: editcap -F pcap converts it)");
        }

        return order == ByteOrder.LittleEndian ? Run<LittleEndian>(name, file, asked, session)
            : Run<BigEndian>(name, file, asked, session);
    }

    private static bool Run<TOrder>(string name, Stream file, BpfCapture asked, Session session)
        where TOrder : struct, IByteOrder
    {
        using var hook = new Hook(asked.Type, asked.Program,
            asked.Machine with { ContextBytesMax = PacketBytesMax + asked.Type.ContextBytes });
        var record = new byte[PcapPacketView<TOrder>.MinSize];
        var packet = new byte[PacketBytesMax];
        var any = false;
        long number = 0;
        for (long offset = PcapFormat.ProbeSize; ; number++)
        {
            session.Host.Cancellation.ThrowIfCancellationRequested();
            var read = file.ReadAtLeast(record, record.Length, throwOnEndOfStream: false);
            if (read == 0)
            {
                break;
            }

            var length = TOrder.ReadUInt32(in record[PcapPacketView<TOrder>.Offsets.Caplen]);
            if (read < record.Length || length > PacketBytesMax
                || file.ReadAtLeast(packet.AsSpan(0, (int)length), (int)length, throwOnEndOfStream: false) < length)
            {
                throw BpfVerb.Refused(name, $"offset 0x{offset:x}: packet {number + 1} is cut off or longer than "
                    + $"{PacketBytesMax} bytes");
            }

            offset += record.Length + length;
            any |= Report(session, number + 1, hook.DecidePacket(packet.AsSpan(0, (int)length)));
        }

        if (hook.LastFailure is { } failure)
        {
            session.Diagnostics.Note($"{hook.FaultCount + hook.OutOfFuelCount} of {number} packets got the fallback; "
                + $"the last: {failure}");
        }

        return any;
    }

    private static bool Report(Session session, long number, ulong verdict)
    {
        if (session.Json)
        {
            session.Output.WriteText($"{{\"packet\":{number},\"verdict\":{verdict}}}\n");
        }
        else if (verdict != 0)
        {
            session.Output.WriteText($"{number} {verdict}\n");
        }

        return verdict != 0;
    }
}

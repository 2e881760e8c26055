using System.Buffers.Binary;
using KernKit.Bpf;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>Asks a program about each packet of a capture file.</summary>
/// <remarks>Facts: the format of pcap files, draft-ietf-opsawg-pcap; both byte orders, micro- and
/// nanoseconds.</remarks>
internal static class BpfPcap
{
    private const int HeaderBytes = 24;
    private const int RecordBytes = 16;

    /// <summary>Longer packets are refused.</summary>
    public const int PacketBytesMax = 1 << 20;

    private const uint MagicMicroseconds = 0xa1b2c3d4;
    private const uint MagicNanoseconds = 0xa1b23c4d;

    /// <summary>Prints the number of each packet that is accepted, with what the program returned.</summary>
    /// <returns>Whether any was.</returns>
    public static bool Run(string name, Stream file, BpfCapture asked, Session session)
    {
        var header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
        {
            throw BpfVerb.Refused(name, "shorter than the header of a pcap file");
        }

        var isLittle = BinaryPrimitives.ReadUInt32LittleEndian(header) is MagicMicroseconds or MagicNanoseconds;
        if (!isLittle && BinaryPrimitives.ReadUInt32BigEndian(header) is not (MagicMicroseconds or MagicNanoseconds))
        {
            throw BpfVerb.Refused(name, "offset 0: not a pcap file (pcapng is not read: editcap -F pcap converts it)");
        }

        using var hook = new Hook(asked.Type, asked.Program,
            asked.Machine with { ContextBytesMax = PacketBytesMax + asked.Type.ContextBytes });
        var packet = new byte[PacketBytesMax];
        var any = false;
        long number = 0;
        for (long offset = HeaderBytes; ; number++)
        {
            session.Host.Cancellation.ThrowIfCancellationRequested();
            var read = file.ReadAtLeast(header.AsSpan(0, RecordBytes), RecordBytes, throwOnEndOfStream: false);
            if (read == 0)
            {
                break;
            }

            var length = isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8))
                : BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
            if (read < RecordBytes || length > PacketBytesMax
                || file.ReadAtLeast(packet.AsSpan(0, (int)length), (int)length, throwOnEndOfStream: false) < length)
            {
                throw BpfVerb.Refused(name, $"offset 0x{offset:x}: packet {number + 1} is cut off or longer than "
                    + $"{PacketBytesMax} bytes");
            }

            offset += RecordBytes + length;
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

using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Bench.Layouts.Orders;
using Google.Protobuf;
using MemoryPack;

namespace Bench;

/// <summary>The message as MemoryPack has it.</summary>
[MemoryPackable]
internal sealed partial class PackedOrder
{
    public ulong Id { get; set; }
    public ulong Time { get; set; }
    public ulong Account { get; set; }
    public long Price { get; set; }
    public uint Quantity { get; set; }
    public uint Instrument { get; set; }
    public uint Flags { get; set; }
    public ushort Venue { get; set; }
    public byte Side { get; set; }
    public byte Kind { get; set; }
}

[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 48)]
internal struct OrderStruct
{
    public ulong Id, Time, Account;
    public long Price;
    public uint Quantity, Instrument, Flags;
    public ushort Venue;
    public byte Side, Kind;
}

[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 60)]
internal struct MessageStruct
{
    public uint Total;
    public ushort Id, Version, Fixed, Parts;
    public OrderStruct Fields;
}

/// <summary>Encoding and decoding ten fields, over and over.</summary>
internal static class Messages
{
    public const int Count = 10_000;
    public const int Bytes = OrderAddView.FixedSize;

    private static readonly ArrayBufferWriter<byte> Buffer = new(1 << 20);

    public static ulong Encode(byte[] target)
    {
        int at = 0;
        for (uint i = 0; i < Count; i++)
        {
            var e = new OrderAddEncoder(target.AsSpan(at))
            {
                Id = i, Time = i + 1, Account = 5, Price = 7, Quantity = i, Instrument = 3, Flags = 1, Venue = 2,
                Side = Side.SELL, Kind = 4,
            };
            at += e.Finish();
        }

        return Count;
    }

    public static ulong EncodePrimitives(byte[] target)
    {
        for (uint i = 0; i < Count; i++)
        {
            Span<byte> s = target.AsSpan((int)i * Bytes, Bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(s, Bytes);
            BinaryPrimitives.WriteUInt16LittleEndian(s[4..], 7);
            BinaryPrimitives.WriteUInt16LittleEndian(s[6..], 1);
            BinaryPrimitives.WriteUInt16LittleEndian(s[8..], 48);
            BinaryPrimitives.WriteUInt16LittleEndian(s[10..], 0);
            BinaryPrimitives.WriteUInt64LittleEndian(s[12..], i);
            BinaryPrimitives.WriteUInt64LittleEndian(s[20..], i + 1);
            BinaryPrimitives.WriteUInt64LittleEndian(s[28..], 5);
            BinaryPrimitives.WriteInt64LittleEndian(s[36..], 7);
            BinaryPrimitives.WriteUInt32LittleEndian(s[44..], i);
            BinaryPrimitives.WriteUInt32LittleEndian(s[48..], 3);
            BinaryPrimitives.WriteUInt32LittleEndian(s[52..], 1);
            BinaryPrimitives.WriteUInt16LittleEndian(s[56..], 2);
            s[58] = 2;
            s[59] = 4;
        }

        return Count;
    }

    public static ulong EncodePacked(PackedOrder order)
    {
        Buffer.ResetWrittenCount();
        for (uint i = 0; i < Count; i++)
        {
            order.Id = i;
            MemoryPackSerializer.Serialize(Buffer, order);
        }

        return Count;
    }

    public static ulong EncodeProto(Proto.OrderAdd order, byte[] target)
    {
        int at = 0;
        for (uint i = 0; i < Count; i++)
        {
            order.Id = i;
            int size = order.CalculateSize();
            order.WriteTo(target.AsSpan(at, size));
            at += size;
        }

        return Count;
    }

    public static ulong ReadView(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            for (int at = 0; at < bytes.Length; at += Bytes)
            {
                if (!OrderAddView.TryOpen(bytes[at..], out OrderAddView v))
                {
                    return 0;
                }

                a += v.Id + v.Quantity + v.Kind;
                b += v.Time + v.Instrument;
                c += v.Account + v.Flags + (ulong)v.Side;
                d += (ulong)v.Price + v.Venue;
            }

            return a + b + c + d;
        }
    }

    public static ulong ReadPrimitives(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            for (int at = 0; at < bytes.Length; at += Bytes)
            {
                ReadOnlySpan<byte> v = bytes.Slice(at, Bytes);
                if (BinaryPrimitives.ReadUInt32LittleEndian(v) != Bytes
                    || BinaryPrimitives.ReadUInt16LittleEndian(v[4..]) != 7
                    || BinaryPrimitives.ReadUInt16LittleEndian(v[8..]) != 48
                    || BinaryPrimitives.ReadUInt16LittleEndian(v[10..]) != 0)
                {
                    return 0;
                }

                a += BinaryPrimitives.ReadUInt64LittleEndian(v[12..]) + BinaryPrimitives.ReadUInt32LittleEndian(
                    v[44..]) + v[59];
                b += BinaryPrimitives.ReadUInt64LittleEndian(v[20..]) + BinaryPrimitives.ReadUInt32LittleEndian(
                    v[48..]);
                c += BinaryPrimitives.ReadUInt64LittleEndian(v[28..]) + BinaryPrimitives.ReadUInt32LittleEndian(
                    v[52..]) + v[58];
                d += BinaryPrimitives.ReadUInt64LittleEndian(v[36..]) + BinaryPrimitives.ReadUInt16LittleEndian(
                    v[56..]);
            }

            return a + b + c + d;
        }
    }

    public static ulong ReadStruct(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            for (int at = 0; at < bytes.Length; at += Bytes)
            {
                ref readonly MessageStruct m = ref MemoryMarshal.AsRef<MessageStruct>(bytes[at..]);
                if (m.Total != Bytes || m.Id != 7 || m.Fixed != 48 || m.Parts != 0)
                {
                    return 0;
                }

                ref readonly OrderStruct v = ref m.Fields;
                a += v.Id + v.Quantity + v.Kind;
                b += v.Time + v.Instrument;
                c += v.Account + v.Flags + v.Side;
                d += (ulong)v.Price + v.Venue;
            }

            return a + b + c + d;
        }
    }

    public static ulong Decode(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            for (int at = 0; at < bytes.Length; at += Bytes)
            {
                OrderAdd o = OrderAdd.Decode(bytes[at..]);
                a += o.Id + o.Quantity + o.Kind;
                b += o.Time + o.Instrument;
                c += o.Account + o.Flags + (ulong)o.Side;
                d += (ulong)o.Price + o.Venue;
            }

            return a + b + c + d;
        }
    }

    public static ulong DecodePacked(ReadOnlySpan<byte> bytes, int size)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            for (int at = 0; at < bytes.Length; at += size)
            {
                PackedOrder o = MemoryPackSerializer.Deserialize<PackedOrder>(bytes.Slice(at, size))!;
                a += o.Id + o.Quantity + o.Kind;
                b += o.Time + o.Instrument;
                c += o.Account + o.Flags + o.Side;
                d += (ulong)o.Price + o.Venue;
            }

            return a + b + c + d;
        }
    }

    public static ulong DecodeProto(byte[][] messages)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            foreach (byte[] message in messages)
            {
                Proto.OrderAdd o = Proto.OrderAdd.Parser.ParseFrom(message);
                a += o.Id + o.Quantity + o.Kind;
                b += o.Time + o.Instrument;
                c += o.Account + o.Flags + o.Side;
                d += (ulong)o.Price + o.Venue;
            }

            return a + b + c + d;
        }
    }
}

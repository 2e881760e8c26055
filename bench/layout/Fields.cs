using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Bench.Layouts;
using Bench.Layouts.Orders;

namespace Bench;

/// <summary>Ten fields of fixed size, no header: what a getter costs and nothing else.</summary>
internal static class Fields
{
    public const int Bytes = 48;

    public static ulong View<TOrder>(ReadOnlySpan<byte> bytes)
        where TOrder : struct, IByteOrder
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            foreach (OrderFieldsView<TOrder> v in new OrderFieldsArray<TOrder>(bytes))
            {
                a += v.Id + v.Quantity + v.Kind;
                b += v.Time + v.Instrument;
                c += v.Account + v.Flags + v.Side;
                d += (ulong)v.Price + v.Venue;
            }

            return a + b + c + d;
        }
    }

    public static ulong Struct(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            foreach (ref readonly OrderStruct v in MemoryMarshal.Cast<byte, OrderStruct>(bytes))
            {
                a += v.Id + v.Quantity + v.Kind;
                b += v.Time + v.Instrument;
                c += v.Account + v.Flags + v.Side;
                d += (ulong)v.Price + v.Venue;
            }

            return a + b + c + d;
        }
    }

    public static ulong StructSwapped(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            foreach (ref readonly OrderStruct v in MemoryMarshal.Cast<byte, OrderStruct>(bytes))
            {
                a += BinaryPrimitives.ReverseEndianness(v.Id) + BinaryPrimitives.ReverseEndianness(v.Quantity) + v.Kind;
                b += BinaryPrimitives.ReverseEndianness(v.Time) + BinaryPrimitives.ReverseEndianness(v.Instrument);
                c += BinaryPrimitives.ReverseEndianness(v.Account) + BinaryPrimitives.ReverseEndianness(v.Flags)
                    + v.Side;
                d += (ulong)BinaryPrimitives.ReverseEndianness(v.Price)
                    + BinaryPrimitives.ReverseEndianness(v.Venue);
            }

            return a + b + c + d;
        }
    }

    public static ulong Primitives(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            for (int at = 0; at < bytes.Length; at += Bytes)
            {
                ReadOnlySpan<byte> v = bytes.Slice(at, Bytes);
                a += BinaryPrimitives.ReadUInt64LittleEndian(v) + BinaryPrimitives.ReadUInt32LittleEndian(v[32..])
                    + v[47];
                b += BinaryPrimitives.ReadUInt64LittleEndian(v[8..]) + BinaryPrimitives.ReadUInt32LittleEndian(v[36..]);
                c += BinaryPrimitives.ReadUInt64LittleEndian(v[16..])
                    + BinaryPrimitives.ReadUInt32LittleEndian(v[40..]) + v[46];
                d += (ulong)BinaryPrimitives.ReadInt64LittleEndian(v[24..])
                    + BinaryPrimitives.ReadUInt16LittleEndian(v[44..]);
            }

            return a + b + c + d;
        }
    }

    public static ulong PrimitivesSwapped(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            for (int at = 0; at < bytes.Length; at += Bytes)
            {
                ReadOnlySpan<byte> v = bytes.Slice(at, Bytes);
                a += BinaryPrimitives.ReadUInt64BigEndian(v) + BinaryPrimitives.ReadUInt32BigEndian(v[32..]) + v[47];
                b += BinaryPrimitives.ReadUInt64BigEndian(v[8..]) + BinaryPrimitives.ReadUInt32BigEndian(v[36..]);
                c += BinaryPrimitives.ReadUInt64BigEndian(v[16..]) + BinaryPrimitives.ReadUInt32BigEndian(v[40..])
                    + v[46];
                d += (ulong)BinaryPrimitives.ReadInt64BigEndian(v[24..])
                    + BinaryPrimitives.ReadUInt16BigEndian(v[44..]);
            }

            return a + b + c + d;
        }
    }
}

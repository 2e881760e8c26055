using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Bench.Layouts;
using Bench.Layouts.Hammer2;
using Bench.Layouts.Orders;
using Bench.Layouts.Ufs;

namespace Bench;

[InlineArray(12)]
internal struct Twelve
{
    private long _first;
}

[InlineArray(3)]
internal struct Three
{
    private long _first;
}

[InlineArray(2)]
internal struct Two
{
    private long _first;
}

/// <summary>The dinode as somebody would write it by hand.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 256)]
internal struct DinodeStruct
{
    public ushort Mode;
    public short Nlink;
    public uint Uid, Gid, Blksize;
    public ulong Size, Blocks;
    public long Atime, Mtime, Ctime, Birthtime;
    public int Mtimensec, Atimensec, Ctimensec, Birthnsec;
    public uint Gen, Kernflags, Flags;
    public int Extsize;
    public Two Extb;
    public Twelve Db;
    public Three Ib;
}

[StructLayout(LayoutKind.Explicit, Pack = 1, Size = 128)]
internal struct BlockrefStruct
{
    [FieldOffset(0)] public byte Type;
    [FieldOffset(1)] public byte Methods;
    [FieldOffset(3)] public byte Keybits;
    [FieldOffset(6)] public ushort LeafCount;
    [FieldOffset(8)] public ulong Key;
    [FieldOffset(16)] public ulong MirrorTid;
    [FieldOffset(24)] public ulong ModifyTid;
    [FieldOffset(32)] public ulong DataOff;
    [FieldOffset(40)] public ulong UpdateTid;
    [FieldOffset(48)] public ulong DataCount;
    [FieldOffset(56)] public ushort Namlen;
    [FieldOffset(64)] public ulong Xxhash64;
    [FieldOffset(64)] public uint Iscsi32;
}

/// <summary>
/// Sums over records, each in several ways; several accumulators, so that no chain of additions decides.
/// </summary>
internal static class Records
{
    public static ulong View<TOrder>(ReadOnlySpan<byte> bytes)
        where TOrder : struct, IByteOrder
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            foreach (Dinode2View<TOrder> v in new Dinode2Array<TOrder>(bytes))
            {
                a += (ulong)v.Mode.Value + (ushort)v.Nlink + v.Uid;
                b += v.SizeValue + v.Blocks;
                c += (ulong)v.Mtime + v.Gen;
                Int64Array<TOrder> db = v.Db;
                for (int k = 0; k < db.Length; k++)
                {
                    d += (ulong)db[k];
                }

                Int64Array<TOrder> ib = v.Ib;
                for (int k = 0; k < ib.Length; k++)
                {
                    c += (ulong)ib[k];
                }
            }

            return a + b + c + d;
        }
    }

    public static ulong Struct(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            foreach (ref readonly DinodeStruct v in MemoryMarshal.Cast<byte, DinodeStruct>(bytes))
            {
                a += (ulong)v.Mode + (ushort)v.Nlink + v.Uid;
                b += v.Size + v.Blocks;
                c += (ulong)v.Mtime + v.Gen;
                foreach (long one in v.Db)
                {
                    d += (ulong)one;
                }

                foreach (long one in v.Ib)
                {
                    c += (ulong)one;
                }
            }

            return a + b + c + d;
        }
    }

    public static ulong StructSwapped(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            foreach (ref readonly DinodeStruct v in MemoryMarshal.Cast<byte, DinodeStruct>(bytes))
            {
                a += (ulong)BinaryPrimitives.ReverseEndianness(v.Mode)
                    + (ushort)BinaryPrimitives.ReverseEndianness(v.Nlink) + BinaryPrimitives.ReverseEndianness(v.Uid);
                b += BinaryPrimitives.ReverseEndianness(v.Size) + BinaryPrimitives.ReverseEndianness(v.Blocks);
                c += (ulong)BinaryPrimitives.ReverseEndianness(v.Mtime) + BinaryPrimitives.ReverseEndianness(v.Gen);
                foreach (long one in v.Db)
                {
                    d += (ulong)BinaryPrimitives.ReverseEndianness(one);
                }

                foreach (long one in v.Ib)
                {
                    c += (ulong)BinaryPrimitives.ReverseEndianness(one);
                }
            }

            return a + b + c + d;
        }
    }

    public static ulong Primitives(ReadOnlySpan<byte> all, bool isBig)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            for (int at = 0; at < all.Length; at += 256)
            {
                ReadOnlySpan<byte> v = all.Slice(at, 256);
                if (isBig)
                {
                    a += (ulong)BinaryPrimitives.ReadUInt16BigEndian(v) + BinaryPrimitives.ReadUInt16BigEndian(v[2..])
                        + BinaryPrimitives.ReadUInt32BigEndian(v[4..]);
                    b += BinaryPrimitives.ReadUInt64BigEndian(v[16..]) + BinaryPrimitives.ReadUInt64BigEndian(v[24..]);
                    c += BinaryPrimitives.ReadUInt64BigEndian(v[40..]) + BinaryPrimitives.ReadUInt32BigEndian(v[80..]);
                    for (int k = 0; k < 12; k++)
                    {
                        d += BinaryPrimitives.ReadUInt64BigEndian(v[(112 + (k * 8))..]);
                    }

                    for (int k = 0; k < 3; k++)
                    {
                        c += BinaryPrimitives.ReadUInt64BigEndian(v[(208 + (k * 8))..]);
                    }
                }
                else
                {
                    a += (ulong)BinaryPrimitives.ReadUInt16LittleEndian(v)
                        + BinaryPrimitives.ReadUInt16LittleEndian(v[2..]) + BinaryPrimitives.ReadUInt32LittleEndian(
                            v[4..]);
                    b += BinaryPrimitives.ReadUInt64LittleEndian(v[16..])
                        + BinaryPrimitives.ReadUInt64LittleEndian(v[24..]);
                    c += BinaryPrimitives.ReadUInt64LittleEndian(v[40..])
                        + BinaryPrimitives.ReadUInt32LittleEndian(v[80..]);
                    for (int k = 0; k < 12; k++)
                    {
                        d += BinaryPrimitives.ReadUInt64LittleEndian(v[(112 + (k * 8))..]);
                    }

                    for (int k = 0; k < 3; k++)
                    {
                        c += BinaryPrimitives.ReadUInt64LittleEndian(v[(208 + (k * 8))..]);
                    }
                }
            }

            return a + b + c + d;
        }
    }

    public static ulong BlockrefView(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            foreach (BlockrefView v in new BlockrefArray(bytes))
            {
                a += (ulong)v.Type + v.Keybits + v.LeafCount + (ulong)v.DataOff.Radix;
                b += v.Key + v.MirrorTid;
                c += v.ModifyTid + v.UpdateTid;
                d += v.DataOff.Block;
                if (v.TryGetDataCount(out ulong data))
                {
                    a += data;
                }

                if (v.TryGetXxhash64(out ulong hash))
                {
                    b += hash;
                }
                else if (v.TryGetIscsi32(out uint crc))
                {
                    b += crc;
                }
            }

            return a + b + c + d;
        }
    }

    public static ulong BlockrefStruct(ReadOnlySpan<byte> bytes)
    {
        ulong a = 0, b = 0, c = 0, d = 0;
        unchecked
        {
            foreach (ref readonly BlockrefStruct v in MemoryMarshal.Cast<byte, BlockrefStruct>(bytes))
            {
                a += (ulong)v.Type + v.Keybits + v.LeafCount + (v.DataOff & 63);
                b += v.Key + v.MirrorTid;
                c += v.ModifyTid + v.UpdateTid;
                d += v.DataOff & ~63UL;
                if (v.Type is 1 or 2)
                {
                    a += v.DataCount;
                }

                bool isName = v.Type == 4 && v.Namlen <= 64;
                if (v.Methods >> 4 == 3 && !isName)
                {
                    b += v.Xxhash64;
                }
                else if (v.Methods >> 4 == 2 && !isName)
                {
                    b += v.Iscsi32;
                }
            }

            return a + b + c + d;
        }
    }

    public static ulong DirectoryView(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (int at = 0; at < bytes.Length; at += 512)
        {
            foreach (var entry in new DirblockView<LittleEndian>(bytes.Slice(at, 512), 512, false).Entries)
            {
                sum += entry.Ino + (ulong)entry.Namlen + entry.Type;
            }
        }

        return sum;
    }

    public static ulong DirectoryPrimitives(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (int block = 0; block < bytes.Length; block += 512)
        {
            ReadOnlySpan<byte> chunk = bytes.Slice(block, 512);
            for (int at = 0; at < 512;)
            {
                ReadOnlySpan<byte> entry = chunk[at..];
                if (entry.Length < 8)
                {
                    return 0;
                }

                int reclen = BinaryPrimitives.ReadUInt16LittleEndian(entry[4..]);
                if (reclen < 12 || reclen % 4 != 0 || reclen > entry.Length || entry[7] > reclen - 8)
                {
                    return 0;
                }

                sum += BinaryPrimitives.ReadUInt32LittleEndian(entry) + (ulong)entry[7] + entry[6];
                at += reclen;
            }
        }

        return sum;
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Wire;

namespace KernKit.Volumes.Extract;

// A pax archive (POSIX.1-2001, "pax Interchange Format") is a ustar archive whose entries are preceded by an extended
// header, type 'x':
//
//   ustar header 'x' | "30 mtime=1600000000.123456789\n" "19 path=..." ... | ustar header '0' | content | zeros to 512
//
// The framework's own tar writer takes names as text, so a name that is not UTF-8 is lost; hence this one. It says in
// pax records what ustar cannot say: times to the nanosecond, long names and names that are not ASCII, owners and sizes
// beyond the octal fields, extended attributes (SCHILY.xattr, as GNU tar and libarchive have it). Names that are not
// UTF-8 come with hdrcharset=BINARY, as POSIX has it. Holes are kept in GNU's sparse format 1.0, which is built on pax:
// the content begins with a map in decimal numbers.

/// <summary>What an entry of an archive says about itself.</summary>
internal ref struct PaxEntry
{
    /// <summary>The name in the archive; a directory's ends in '/'.</summary>
    public ReadOnlySpan<byte> Path;

    /// <summary>The target of a link, or empty.</summary>
    public ReadOnlySpan<byte> LinkPath;

    /// <summary>What it is.</summary>
    public Tartype Type;

    /// <summary>The bytes that follow the header.</summary>
    public long StoredSize;

    /// <summary>The size of a file with holes when they are filled, or -1.</summary>
    public long RealSize;

    /// <summary>The attributes.</summary>
    public NodeAttributes Node;

    /// <summary>Extended attributes to keep.</summary>
    public IReadOnlyList<ExtendedAttribute> Attributes;
}

/// <summary>Writes the headers of a pax archive.</summary>
internal sealed class PaxWriter(Stream stream)
{
    /// <summary>The unit of an archive.</summary>
    public const int BlockLength = UstarView.Size;

    private const int RecordLength = 10240;
    private const int PathLength = UstarView.Offsets.Mode - UstarView.Offsets.Name;
    private const int LinkLength = UstarView.Offsets.Magic - UstarView.Offsets.Linkname;
    private static readonly byte[] s_zeros = new byte[RecordLength];
    private readonly ArrayBufferWriter<byte> _records = new(1024);
    private readonly byte[] _block = new byte[BlockLength];

    /// <summary>The bytes written so far.</summary>
    public long Position { get; private set; }

    /// <summary>Writes the headers of one entry.</summary>
    public void WriteHeaders(in PaxEntry entry)
    {
        _records.ResetWrittenCount();
        CollectRecords(entry);
        if (_records.WrittenCount > 0)
        {
            FillHeader("PaxHeaders/entry"u8, default, Tartype.TAR_PAX, _records.WrittenCount, default);
            Write(_block);
            Write(_records.WrittenSpan);
            Pad();
        }

        var path = entry.RealSize >= 0 ? "GNUSparseFile.0/file"u8 : entry.Path;
        FillHeader(path, entry.LinkPath, entry.Type, entry.StoredSize, entry.Node);
        Write(_block);
    }

    /// <summary>Writes content.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        Position += bytes.Length;
    }

    /// <summary>Fills up the last block of an entry.</summary>
    public void Pad() => Write(s_zeros.AsSpan(0, (int)(-Position & (BlockLength - 1))));

    /// <summary>Ends the archive: two empty blocks, and zeros to a whole record.</summary>
    public void Finish()
    {
        Write(s_zeros.AsSpan(0, BlockLength * 2));
        Write(s_zeros.AsSpan(0, (int)((RecordLength - (Position % RecordLength)) % RecordLength)));
    }

    /// <summary>Takes back everything behind a position; the stream must be able to.</summary>
    public void Rewind(long position)
    {
        stream.SetLength(position);
        Position = position;
    }

    private static void PutOctal(Span<byte> field, ulong value)
    {
        var digits = field.Length - 1;
        var limit = 1UL << (digits * 3);
        // What does not fit is in a pax record; a device number, for which there is none, goes in GNU's binary form.
        value = value < limit ? value : 0;
        for (var i = digits - 1; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }

    private static void PutDevice(Span<byte> field, uint value)
    {
        if (value < 1 << 21)
        {
            PutOctal(field, value);
            return;
        }

        field[0] = 0x80;
        var number = new UInt32ArrayEdit<BigEndian>(field[^sizeof(uint)..]);
        number[0] = value;
    }

    private void CollectRecords(in PaxEntry entry)
    {
        ref readonly var node = ref entry.Node;
        if (!Utf8.IsValid(entry.Path) || !Utf8.IsValid(entry.LinkPath))
        {
            AddRecord("hdrcharset"u8, "BINARY"u8);
        }

        if (entry.RealSize >= 0)
        {
            AddRecord("GNU.sparse.major"u8, "1"u8);
            AddRecord("GNU.sparse.minor"u8, "0"u8);
            AddRecord("GNU.sparse.name"u8, entry.Path);
            AddNumber("GNU.sparse.realsize"u8, entry.RealSize);
        }
        else if (entry.Path.Length > PathLength || !Ascii.IsValid(entry.Path))
        {
            AddRecord("path"u8, entry.Path);
        }

        if (entry.LinkPath.Length > LinkLength || !Ascii.IsValid(entry.LinkPath))
        {
            AddRecord("linkpath"u8, entry.LinkPath);
        }

        AddIfLarge("size"u8, entry.StoredSize, 33);
        AddIfLarge("uid"u8, node.UserId, 21);
        AddIfLarge("gid"u8, node.GroupId, 21);
        AddTime("mtime"u8, node.Modified,
            needed: node.Modified is { Nanoseconds: not 0 } or { Seconds: < 0 or >= 1L << 33 });
        if (node.Accessed is { } accessed)
        {
            AddTime("atime"u8, accessed, needed: true);
        }

        foreach (var attribute in entry.Attributes)
        {
            AddRecord([.. "SCHILY.xattr.user."u8, .. attribute.Name], attribute.Value);
        }
    }

    private void AddIfLarge(ReadOnlySpan<byte> key, long value, int bits)
    {
        if (value >> bits != 0)
        {
            AddNumber(key, value);
        }
    }

    private void AddNumber(ReadOnlySpan<byte> key, long value)
    {
        Span<byte> text = stackalloc byte[24];
        Utf8Formatter.TryFormat(value, text, out var length);
        AddRecord(key, text[..length]);
    }

    private void AddTime(ReadOnlySpan<byte> key, UnixTime time, bool needed)
    {
        if (!needed)
        {
            return;
        }

        // A time before 1970 counts its fraction backwards here: -1.25 is 1.25 s before.
        var total = time.TotalNanoseconds;
        var magnitude = Int128.Abs(total);
        var seconds = (ulong)(magnitude / 1_000_000_000);
        var text = string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{(total < 0 ? "-" : "")}{seconds}.{(int)(magnitude % 1_000_000_000):D9}");
        AddRecord(key, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Adds "LENGTH KEY=VALUE\n", where LENGTH counts itself.</summary>
    private void AddRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var rest = key.Length + value.Length + 3;
        var length = rest + 1;
        while (DigitsOf(length) + rest != length)
        {
            length = DigitsOf(length) + rest;
        }

        Span<byte> digits = stackalloc byte[12];
        Utf8Formatter.TryFormat(length, digits, out var count);
        _records.Write(digits[..count]);
        _records.Write(" "u8);
        _records.Write(key);
        _records.Write("="u8);
        _records.Write(value);
        _records.Write("\n"u8);
    }

    private static int DigitsOf(int value)
    {
        var digits = 1;
        for (; value >= 10; value /= 10)
        {
            digits++;
        }

        return digits;
    }

    /// <summary>Fills the block with a ustar header.</summary>
    private void FillHeader(
        ReadOnlySpan<byte> path, ReadOnlySpan<byte> linkPath, Tartype type, long size, in NodeAttributes node)
    {
        _block.AsSpan().Clear();
        var header = new UstarEdit(_block) { Magic = WireConstants.UstarMagic, Type = type };
        path[..Math.Min(path.Length, header.Name.Length)].CopyTo(header.Name);
        PutOctal(header.Mode, type == Tartype.TAR_PAX ? 0x1A4u : node.Permissions);
        PutOctal(header.Uid, node.UserId);
        PutOctal(header.Gid, node.GroupId);
        PutOctal(header.SizeValue, (ulong)size);
        PutOctal(header.Mtime, node.Modified.Seconds > 0 ? (ulong)node.Modified.Seconds : 0);
        linkPath[..Math.Min(linkPath.Length, header.Linkname.Length)].CopyTo(header.Linkname);
        var device = node.Device.GetValueOrDefault();
        PutDevice(header.Devmajor, device.Major);
        PutDevice(header.Devminor, device.Minor);
        header.Chksum.Fill((byte)' ');
        var sum = 0u;
        foreach (var value in _block)
        {
            sum += value;
        }

        // Six digits, NUL, and the space that stands there already.
        PutOctal(header.Chksum[..^1], sum);
    }
}

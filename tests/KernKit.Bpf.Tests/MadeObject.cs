using System.Text;

namespace KernKit.Bpf.Tests;

/// <summary>An object made by hand, as no compiler would: sections wherever they are wanted.</summary>
internal sealed class MadeObject
{
    private readonly List<(string Name, uint Type, ulong Flags, byte[] Content, int Information, int Same)> _sections =
        [("", 0, 0, [], 0, -1)];

    private readonly List<(string Name, byte Kind, int Section, ulong Value, ulong Size)> _symbols = [("", 0, 0, 0, 0)];

    /// <summary>Adds a section and returns its number.</summary>
    public int Add(string name, uint type, ulong flags, byte[] content, int information = 0)
    {
        _sections.Add((name, type, flags, content, information, -1));
        return _sections.Count - 1;
    }

    /// <summary>Adds a section that has the bytes of another one.</summary>
    public void AddOver(string name, int section) =>
        _sections.Add(_sections[section] with { Name = name, Same = section });

    /// <summary>Adds a global function.</summary>
    public void AddFunction(string name, int section, ulong value, ulong size) =>
        _symbols.Add((name, 0x12, section, value, size));

    /// <summary>The file.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder("\0");
        var symbols = Bytes(writer =>
        {
            foreach (var (name, kind, section, value, size) in _symbols)
            {
                writer.Write(Intern(text, name));
                writer.Write(kind);
                writer.Write((byte)0);
                writer.Write((ushort)section);
                writer.Write(value);
                writer.Write(size);
            }
        });
        Add(".symtab", 2, 0, symbols);
        var names = _sections.ConvertAll(section => Intern(text, section.Name));
        names.Add(Intern(text, ".strtab"));
        Add(".strtab", 3, 0, Encoding.ASCII.GetBytes(text.ToString()));
        var offsets = new List<long>();
        return Bytes(writer =>
        {
            writer.Write(new byte[64]);
            foreach (var section in _sections)
            {
                offsets.Add(section.Same >= 0 ? offsets[section.Same] : writer.BaseStream.Position);
                writer.Write(section.Same >= 0 ? [] : section.Content);
            }

            var headersAt = writer.BaseStream.Position;
            for (var i = 0; i < _sections.Count; i++)
            {
                var (_, type, flags, content, information, _) = _sections[i];
                writer.Write(names[i]);
                writer.Write(type);
                writer.Write(flags);
                writer.Write(0UL);
                writer.Write(offsets[i]);
                writer.Write((long)content.Length);
                writer.Write(0);
                writer.Write(information);
                writer.Write(0UL);
                writer.Write(0UL);
            }

            writer.BaseStream.Position = 0;
            writer.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]);
            writer.BaseStream.Position = 16;
            writer.Write((ushort)1);
            writer.Write((ushort)247);
            writer.BaseStream.Position = 40;
            writer.Write(headersAt);
            writer.BaseStream.Position = 58;
            writer.Write((ushort)64);
            writer.Write((ushort)_sections.Count);
            writer.Write((ushort)(_sections.Count - 1));
        });
    }

    /// <summary>Numbers, little-endian, one behind the other.</summary>
    public static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.ASCII, leaveOpen: true))
        {
            write(writer);
        }

        return stream.ToArray();
    }

    private static int Intern(StringBuilder text, string name)
    {
        var at = name.Length == 0 ? 0 : text.Length;
        _ = name.Length == 0 ? text : text.Append(name).Append('\0');
        return at;
    }
}

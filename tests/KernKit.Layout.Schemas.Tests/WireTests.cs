using System.Text;
using KernKit.Layout.Schemas.Tests.Layouts;
using KernKit.Layout.Schemas.Tests.Layouts.Caps;
using KernKit.Layout.Schemas.Tests.Layouts.Kernel;
using KernKit.Layout.Schemas.Tests.Layouts.Wire;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>Formats of files and messages, on bytes that other programs made.</summary>
public sealed class WireTests
{
    [Fact]
    public void A_program_of_this_machine_is_read_to_its_symbols()
    {
        string folder = Directory.CreateTempSubdirectory("kernkit-elf-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "x.c"),
                "int layout_marker = 42;\nint main(void) { return layout_marker; }\n");
            CompilerSet.Run("gcc", "-o", Path.Combine(folder, "x"), Path.Combine(folder, "x.c"));
            byte[] file = File.ReadAllBytes(Path.Combine(folder, "x"));

            Assert.True(Elf64Format.TryAccept(file, out ByteOrder order));
            Assert.Equal(ByteOrder.LittleEndian, order);
            Assert.Contains("layout_marker", Symbols(file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_type_section_that_is_built_by_hand_is_read_to_its_names()
    {
        byte[] types =
        [
            1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1,                    // int, signed, 32 bits
            5, 0, 0, 0, 1, 0, 0, 4, 4, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, // struct s { int a; }
            0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0,                                 // pointer to it
        ];
        byte[] names = "\0int\0s\0a\0"u8.ToArray();
        byte[] header = new byte[24];
        header[0] = 0x9f;
        header[1] = 0xeb;
        header[2] = 1;
        BitConverter.TryWriteBytes(header.AsSpan(4), 24);
        BitConverter.TryWriteBytes(header.AsSpan(12), types.Length);
        BitConverter.TryWriteBytes(header.AsSpan(16), types.Length);
        BitConverter.TryWriteBytes(header.AsSpan(20), names.Length);

        var section = new BtfSectionView<LittleEndian>([.. header, .. types, .. names]);
        var kinds = new List<Btfkind>();
        foreach (BtfTypeView<LittleEndian> type in section.Types)
        {
            kinds.Add(type.Info.Kind);
        }

        Assert.Equal([Btfkind.BTF_INT, Btfkind.BTF_STRUCT, Btfkind.BTF_PTR], kinds);
        Assert.Equal(names, section.Names.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_capture_is_read_in_the_order_of_the_machine_that_wrote_it(bool isLittle)
    {
        uint[] words = [0xa1b2c3d4, 0x0004_0002, 0, 0, 65535, 1, 1_700_000_000, 5, 3, 60];
        byte[] file = [.. words.SelectMany(word => Bytes(word, isLittle)), 7, 8, 9];
        if (!isLittle)
        {
            (file[4], file[5], file[6], file[7]) = (0, 2, 0, 4);
            (file[20], file[21], file[22], file[23]) = (0, 1, 0, 0);
        }

        Assert.True(PcapFormat.TryAccept(file, out ByteOrder order));
        Assert.Equal(isLittle ? ByteOrder.LittleEndian : ByteOrder.BigEndian, order);
        Assert.Equal(1, isLittle ? Packets<LittleEndian>(file) : Packets<BigEndian>(file));
    }

    [Fact]
    public void Entries_of_a_directory_are_read_up_to_their_NUL()
    {
        byte[] entries = new byte[56];
        entries[0] = 12;
        entries[16] = 24;
        entries[18] = 8;
        "ab"u8.CopyTo(entries.AsSpan(19));
        entries[24] = 13;
        entries[40] = 32;
        entries[42] = 4;
        "a longer n"u8.CopyTo(entries.AsSpan(43));
        var names = new List<string>();
        foreach (Dirent64View entry in new DirentsView(entries).Entries)
        {
            names.Add(Encoding.UTF8.GetString(entry.Name));
        }

        Assert.Equal(["ab", "a longer n"], names);
    }

    [Fact]
    public void A_CAPS_message_carries_credentials_if_it_says_so()
    {
        byte[] message = new byte[80];
        "CAPS"u8.CopyTo(message);
        message[4] = 1;
        message[6] = 3;
        message[8] = 80;
        message[12] = 5;
        message[36] = 2;
        message[44] = 9;
        message[60] = 1;
        message[64] = 42;
        "hello"u8.CopyTo(message.AsSpan(68));

        var view = new MessageView(message);
        Assert.True(view.IsValid);
        Assert.Equal(9u, view.Sender.Uid);
        Assert.Equal(42u, view.Sender.Groups[0]);
        Assert.True(view.Payload.SequenceEqual("hello"u8));
        message[60] = 17;
        Assert.False(MessageView.TryOpen(message, out _));
    }

    private static byte[] Bytes(uint word, bool isLittle)
    {
        byte[] bytes = BitConverter.GetBytes(word);
        return isLittle ? bytes : [.. bytes.Reverse()];
    }

    private static int Packets<TOrder>(byte[] file)
        where TOrder : struct, IByteOrder
    {
        var capture = new PcapFileView<TOrder>(file);
        Assert.Equal(Linktype.LINK_ETHERNET, capture.Header.Link);
        int count = 0;
        foreach (PcapPacketView<TOrder> packet in capture.Packets)
        {
            Assert.Equal([7, 8, 9], packet.Data.ToArray());
            Assert.Equal(60u, packet.Len);
            count++;
        }

        return count;
    }

    private static HashSet<string> Symbols(byte[] file)
    {
        var names = new HashSet<string>();
        var header = new Elf64HeaderView<LittleEndian>(file);
        var sections = new Elf64SectionArray<LittleEndian>(
            file.AsSpan((int)header.Shoff, header.Shnum * Elf64SectionView<LittleEndian>.Size));
        foreach (Elf64SectionView<LittleEndian> section in sections)
        {
            if (section.Type != Shtype.SHT_SYMTAB)
            {
                continue;
            }

            Elf64SectionView<LittleEndian> strings = sections[(int)section.Link];
            ReadOnlySpan<byte> text = file.AsSpan((int)strings.Offset, (int)strings.SizeValue);
            var symbols = new Elf64SymbolArray<LittleEndian>(file.AsSpan((int)section.Offset, (int)section.SizeValue));
            foreach (Elf64SymbolView<LittleEndian> symbol in symbols)
            {
                ReadOnlySpan<byte> name = text[(int)symbol.Name..];
                names.Add(Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]));
            }
        }

        return names;
    }
}

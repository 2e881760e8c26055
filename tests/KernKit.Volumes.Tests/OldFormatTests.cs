using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Volumes of 4.2BSD, Solaris and Apple, made from given images by rewriting what differs.</summary>
public sealed class OldFormatTests
{
    [Theory]
    [InlineData("ufs1-le-small")]
    [InlineData("ufs1-be-small")]
    public void A_volume_in_the_old_format_holds_the_same_entries(string image)
    {
        var editor = UfsEditor.Of([.. TestImage.Bytes(image)]);
        MakeOld(editor);
        using var volume = editor.Open();
        Assert.Equal(true, volume.Describe().Single(fact => fact.Name == "old_format").Value);
        var expected = Manifest.Of(image).Entries.Select(entry => entry with
        {
            // Owners have 16 bits here.
            UserId = (ushort)entry.UserId,
            GroupId = (ushort)entry.GroupId,
        });
        Comparison.RequireEqual(new Manifest("ufs1", expected), volume);
    }

    [Theory]
    [InlineData("ufs1-le-small")]
    [InlineData("ufs1-be-small")]
    public void Entries_of_the_old_format_have_no_type_and_a_walk_asks_the_inode(string image)
    {
        var editor = UfsEditor.Of([.. TestImage.Bytes(image)]);
        MakeOld(editor);
        using var volume = editor.Open();
        var listing = new DirectoryListing();
        volume.ReadDirectory(volume.Find(""u8), listing);
        Assert.InRange(listing.Count, 5, 50);
        Assert.All(Enumerable.Range(0, listing.Count), i => Assert.Equal(NodeType.Unknown, listing.Type(i)));
        var types = new List<NodeType>();
        var walk = new VolumeWalk(volume, [], true, false, problem => throw problem.Error);
        while (walk.MoveNext())
        {
            types.Add(walk.Attributes.Type);
        }

        Assert.DoesNotContain(NodeType.Unknown, types);
        Assert.Equal(Manifest.Of(image).Entries.Length, types.Count);
    }

    [Fact]
    public void Solaris_is_known_by_its_state_and_its_long_owners_are_read()
    {
        var editor = (UfsEditor<BigEndian>)UfsEditor.Of([.. TestImage.Bytes("ufs1-be-small")]);
        MakeOld(editor);
        var superblock = editor.Superblock;
        superblock.SunVersion = 1;
        superblock.SunLogbno = 77;
        superblock.SunState = (int)UfsConstants.StateOkay - superblock.OldTime;
        var id = editor.IdOf("modes/uid-big");
        var inode = editor.Inode1(id);
        inode.OldUid = UfsConstants.OldOwnerLong;
        inode.OldGid = UfsConstants.OldOwnerLong;
        using var volume = editor.Open();
        Assert.Equal("solaris", volume.Describe().Single(fact => fact.Name == "flavour").Value);
        var node = volume.Find("modes/uid-big"u8);
        Assert.Equal((4294967290, 4294967291), (node.UserId, node.GroupId));
        Assert.Equal(Manifest.Of("ufs1-be-small").Entries.Length, Reading.Walk(volume).Count);
    }

    [Fact]
    public void An_apple_label_names_the_volume_and_widens_directory_chunks()
    {
        var editor = UfsEditor.Of([.. TestImage.Bytes("ufs1-be-small")]);
        var label = new AppleLabelEdit(editor.Image.AsSpan(UfsConstants.AppleLabelAt, AppleLabelView.Size))
        {
            Magic = (uint)UfsConstants.AppleLabelMagic,
            Namelen = 5,
        };
        "Disk!rest"u8.CopyTo(label.Name);
        using (var narrow = editor.Open())
        {
            Assert.Equal("Disk!", narrow.Describe().Single(fact => fact.Name == "label").Value);
            Assert.Equal("apple", narrow.Describe().Single(fact => fact.Name == "flavour").Value);
        }

        // Let the last entry of a chunk reach over the next one: right for Apple, damage for the others.
        using var volume = editor.Open();
        var many = volume.Find("many"u8);
        volume.OpenContent(many).TryGetExtent(0, out var extent);
        Assert.InRange(extent.Length, 1024, long.MaxValue);
        var first = editor.Image.AsSpan((int)extent.DeviceOffset, 512);
        var entries = new DirblockView<BigEndian>(first, 512, false).Entries.GetEnumerator();
        var last = 0;
        while (entries.MoveNext())
        {
            last = entries.Offset;
        }

        new UInt16ArrayEdit<BigEndian>(first.Slice(last + DirentView<BigEndian>.Offsets.Reclen, sizeof(ushort)))[0] =
            (ushort)(1024 - last);
        using var changed = editor.Open();
        var listing = new DirectoryListing();
        changed.ReadDirectory(many, listing);
        label.Magic = 0;
        using var plain = editor.Open();
        Assert.Equal(
            $"directory {many.Id}.reclen",
            Assert.Throws<VolumeException>(() => plain.ReadDirectory(many, listing)).Structure);
    }

    private static void MakeOld(UfsEditor editor)
    {
        if (editor is UfsEditor<LittleEndian> little)
        {
            MakeOld(little);
        }
        else
        {
            MakeOld((UfsEditor<BigEndian>)editor);
        }
    }

    private static void MakeOld<TOrder>(UfsEditor<TOrder> editor)
        where TOrder : struct, IByteOrder
    {
        var bigId = editor.IdOf("modes/uid-big");
        using var volume = editor.Open();
        var seen = new HashSet<ulong>();
        foreach (var (_, node) in Reading.Walk(volume))
        {
            if (!seen.Add(node.Id))
            {
                continue;
            }

            var inode = editor.Inode1(node.Id);
            inode.OldUid = (ushort)inode.Uid;
            inode.OldGid = (ushort)inode.Gid;
            inode.Uid = 0xdead;
            inode.Gid = 0xbeef;
            inode.Mtimensec = unchecked((int)0xfeedface);
            if (node.Type == NodeType.Directory)
            {
                var content = volume.OpenContent(node);
                for (var at = 0L; content.TryGetExtent(at, out var extent); at += extent.Length)
                {
                    Rewrite<TOrder>(editor.Image.AsSpan((int)extent.DeviceOffset, (int)extent.Length));
                }
            }
        }

        var big = editor.Inode1(bigId);
        (big.Uid, big.Gid) = (4294967290, 4294967291);
        var superblock = editor.Superblock;
        superblock.OldInodefmt = Inodefmt.FORMAT_42BSD;
        superblock.Maxsymlinklen = 0;
    }

    /// <summary>Puts the 16-bit length of the name where type and length were.</summary>
    private static void Rewrite<TOrder>(Span<byte> entries)
        where TOrder : struct, IByteOrder
    {
        for (var at = 0; at < entries.Length;)
        {
            var entry = new DirentView<TOrder>(entries[at..], false);
            var (length, name) = (entry.Length, entry.Namlen);
            new UInt16ArrayEdit<TOrder>(entries.Slice(at + 6, sizeof(ushort)))[0] = name;
            at += length;
        }
    }
}

using System.Text;
using KernKit.Layout.Schemas.Tests.Layouts.Hammer2;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>Follows every reference from the volume header on, without recursion, and checks every block.</summary>
internal sealed class Hammer2Walk(SparseImage image)
{
    public List<string> Problems { get; } = [];

    /// <summary>A reference of each kind of check.</summary>
    public Dictionary<Checkkind, byte[]> Samples { get; } = [];

    public HashSet<string> InodeNames { get; } = [];

    public HashSet<string> EntryNames { get; } = [];

    public int Inodes { get; private set; }

    public int Checked { get; private set; }

    public int DirectData { get; private set; }

    public int FreemapLeaves { get; private set; }

    public int Compressed { get; private set; }

    /// <summary>True if every compressed block is smaller than what it holds.</summary>
    public bool IsSmaller { get; private set; } = true;

    /// <summary>Blocks whose form is not what it should be.</summary>
    public List<string> Forms { get; } = [];

    public string CompressedName { get; private set; } = "";

    public void Run()
    {
        var volume = new VolumeDataView(image.Read(0, VolumeDataView.Size));
        var waiting = new Stack<byte[]>();
        Push(waiting, volume.SrootBlockset.Blockref);
        Push(waiting, volume.FreemapBlockset.Blockref);
        while (waiting.TryPop(out byte[]? reference))
        {
            Follow(new BlockrefView(reference), waiting);
        }
    }

    private static void Push(Stack<byte[]> waiting, BlockrefArray references)
    {
        foreach (BlockrefView reference in references)
        {
            if (reference.Type != Breftype.BREF_EMPTY)
            {
                waiting.Push(reference.Bytes.ToArray());
            }
        }
    }

    private void Follow(BlockrefView reference, Stack<byte[]> waiting)
    {
        Assert.True(Checked < 100_000);
        Assert.True(reference.IsValid);
        if (reference.HasName)
        {
            EntryNames.Add(Encoding.UTF8.GetString(reference.Name[..reference.Dirent.Namlen]));
        }

        if (reference.Data.Length == 0)
        {
            return;
        }

        byte[] data = image.Read((long)reference.Data.Offset, (int)reference.Data.Length);
        if (!IsGood(reference, data))
        {
            Problems.Add($"{reference.Type} {reference.Key:x} at {reference.Data.Offset:x}: "
                + $"{reference.Methods.Checker}");
        }

        Checked++;
        Samples.TryAdd(reference.Methods.Checker, reference.Bytes.ToArray());
        switch (reference.Type)
        {
            case Breftype.BREF_INODE:
                Take(new InodeDataView(data), waiting);
                break;
            case Breftype.BREF_INDIRECT or Breftype.BREF_FREEMAP_NODE:
                Push(waiting, new BlockrefArray(data));
                break;
            case Breftype.BREF_FREEMAP_LEAF:
                FreemapLeaves += new FreemapLeafView(data).Bitmaps.Length == 256 ? 1 : 0;
                break;
            case Breftype.BREF_DIRENT:
                EntryNames.Add(Encoding.UTF8.GetString(data.AsSpan(0, reference.Dirent.Namlen)));
                break;
            default:
                if (reference.Methods.Comp >= Compression.COMP_LZ4)
                {
                    IsSmaller &= reference.DataOff.Radix < reference.Keybits;
                    AddForm(reference, data);
                    Compressed++;
                    CompressedName = reference.Methods.Comp == Compression.COMP_LZ4 ? "lz4" : "zlib";
                }

                break;
        }
    }

    /// <summary>LZ4 blocks state their length first; zlib's are streams whose length is that of the block.</summary>
    private void AddForm(BlockrefView reference, byte[] data)
    {
        if (reference.Methods.Comp == Compression.COMP_LZ4)
        {
            int stored = BitConverter.ToInt32(data);
            if (stored <= 0 || stored > data.Length - 4)
            {
                Forms.Add($"{stored} bytes, stored in {data.Length}");
            }

            return;
        }

        using var stream = new System.IO.Compression.ZLibStream(
            new MemoryStream(data), System.IO.Compression.CompressionMode.Decompress);
        byte[] whole = new byte[1 << reference.Keybits];
        int length = stream.ReadAtLeast(whole, whole.Length, throwOnEndOfStream: false);
        // The block at a file's end holds less than its key covers.
        if (length == 0 || length % 1024 != 0)
        {
            Forms.Add($"{length} bytes of {whole.Length}, stored in {data.Length}");
        }
    }

    private void Take(InodeDataView inode, Stack<byte[]> waiting)
    {
        Inodes++;
        Assert.True(inode.IsValid);
        InodeNames.Add(Encoding.UTF8.GetString(inode.Filename[..inode.Meta.NameLen]));
        if (inode.HasBlocks)
        {
            Push(waiting, inode.Blocks.Blockref);
        }
        else
        {
            DirectData++;
            Assert.True(inode.Meta.SizeValue <= 512);
        }
    }

    private static bool IsGood(BlockrefView reference, byte[] data) => reference.Methods.Checker switch
    {
        Checkkind.CHECK_ISCSI32 => reference.CheckIscsi32(data) == LayoutCheckResult.Good,
        Checkkind.CHECK_SHA192 => reference.CheckSha192(data) == LayoutCheckResult.Good,
        Checkkind.CHECK_FREEMAP => reference.CheckIcrc32(data) == LayoutCheckResult.Good,
        Checkkind.CHECK_XXHASH64 => reference.CheckXxhash64(data) == LayoutCheckResult.Good,
        _ => reference.HasCheckBytes,
    };
}

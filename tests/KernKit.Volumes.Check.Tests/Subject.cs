using System.Buffers.Binary;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using KernKit.Volumes.Ufs.Check;

namespace KernKit.Volumes.Check.Tests;

/// <summary>A clean image in memory that a test breaks in one place, and checks.</summary>
internal abstract class Subject
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, byte[]> Images = [];

    /// <summary>Volumes of four cylinder groups: both versions in both byte orders.</summary>
    public static TheoryData<string> Names => ["ufs1-le-groups", "ufs1-be-groups", "ufs2-le-groups", "ufs2-be-groups"];

    public static TheoryData<string> Ufs1Names => ["ufs1-le-groups", "ufs1-be-groups"];

    public static TheoryData<string> Ufs2Names => ["ufs2-le-groups", "ufs2-be-groups"];

    /// <summary>All UFS images of the house: none of them is damaged.</summary>
    public static TheoryData<string> AllNames =>
        [.. Directory.GetFiles(Path.Combine(Root(), "tests", "images"), "ufs*.img.zst")
            .Select(path => Path.GetFileName(path)[..^".img.zst".Length])
            .Order(StringComparer.Ordinal)];

    public required byte[] Image { get; set; }

    public required CheckGeometry Geometry { get; init; }

    public required bool IsLittleEndian { get; init; }

    public required long SuperblockOffset { get; init; }

    public bool IsUfs2 => Geometry.IsUfs2;

    public static Subject Load(string name)
    {
        byte[] bytes;
        lock (Gate)
        {
            if (!Images.TryGetValue(name, out bytes!))
            {
                using var file = File.OpenRead(Path.Combine(Root(), "tests", "images", name + ".img.zst"));
                using var plain = new ZstdSharp.DecompressionStream(file);
                var memory = new MemoryStream();
                plain.CopyTo(memory);
                Images[name] = bytes = memory.ToArray();
            }
        }

        return Open((byte[])bytes.Clone());
    }

    public static Subject Open(byte[] image)
    {
        foreach (var offset in new[] { 65536, 8192, 0, 262144 })
        {
            if (offset + 1376 <= image.Length)
            {
                var magic = image.AsSpan(offset + SuperblockView<LittleEndian>.Offsets.Magic, 4);
                if (BinaryPrimitives.ReadUInt32LittleEndian(magic) is 0x011954 or 0x19540119)
                {
                    return Subject<LittleEndian>.Make(image, offset, true);
                }

                if (BinaryPrimitives.ReadUInt32BigEndian(magic) is 0x011954 or 0x19540119)
                {
                    return Subject<BigEndian>.Make(image, offset, false);
                }
            }
        }

        throw new InvalidDataException("no superblock");
    }

    public static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "KernKit.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException("KernKit.slnx");
    }

    public abstract CheckSummary Check(
        Action<CheckFinding> report,
        CheckLimits? limits = null,
        MemoryDevice? device = null,
        long superblockOffset = -1);

    public abstract List<InodeFacts> Inodes();

    /// <summary>The steps of an inode's blocks, with the names of their pointers.</summary>
    public abstract List<(BlockStep Step, string Name)> Blocks(InodeFacts inode);

    public abstract int PointerAt(int index);

    public abstract int NlinkAt { get; }

    public abstract int SizeAt { get; }

    public abstract int BlocksAt { get; }

    public List<CheckFinding> Findings(CheckLimits? limits = null)
    {
        var findings = new List<CheckFinding>();
        var summary = Check(findings.Add, limits);
        Assert.Equal(findings.Count, summary.FindingCount);
        return findings;
    }

    /// <summary>Asserts that the check finds exactly the given rules (each may have several findings) and that the
    /// first of the first
    /// rule has this structure and offset.</summary>
    public CheckFinding AssertFinds(string structure, long offset, params string[] rules)
    {
        var findings = Findings();
        var found = findings.Select(f => f.Rule).Distinct().Order(StringComparer.Ordinal);
        Assert.True(
            rules.Order(StringComparer.Ordinal).SequenceEqual(found),
            $"expected {string.Join(", ", rules)}; found:\n{string.Join("\n", findings)}");
        var finding = findings.First(f => f.Rule == rules[0]);
        Assert.Equal(structure, finding.Structure);
        Assert.Equal(offset, finding.Offset);
        return finding;
    }

    public long Peek(long offset, int width)
    {
        var bytes = Image.AsSpan((int)offset, width);
        return (width, IsLittleEndian) switch
        {
            (1, _) => bytes[0],
            (2, true) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            (2, false) => BinaryPrimitives.ReadInt16BigEndian(bytes),
            (4, true) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            (4, false) => BinaryPrimitives.ReadInt32BigEndian(bytes),
            (_, true) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            _ => BinaryPrimitives.ReadInt64BigEndian(bytes),
        };
    }

    public void Poke(long offset, int width, long value)
    {
        var bytes = Image.AsSpan((int)offset, width);
        for (var i = 0; i < width; i++)
        {
            bytes[IsLittleEndian ? i : width - 1 - i] = (byte)(value >> (8 * i));
        }
    }

    /// <summary>Lets the superblock claim more groups than the device has, with a summary area behind its
    /// end.</summary>
    public void ClaimGroups(int groups)
    {
        var (size, summary) = IsUfs2
            ? (SuperblockView<LittleEndian>.Offsets.SizeValue, SuperblockView<LittleEndian>.Offsets.Csaddr)
            : (SuperblockView<LittleEndian>.Offsets.OldSize, SuperblockView<LittleEndian>.Offsets.OldCsaddr);
        Poke(SuperblockOffset + SuperblockView<LittleEndian>.Offsets.Ncg, 4, groups);
        Poke(SuperblockOffset + SuperblockView<LittleEndian>.Offsets.Cssize, 4, (long)groups * 16);
        Poke(SuperblockOffset + summary, Width, Geometry.Fragments);
        Poke(SuperblockOffset + size, Width, (long)groups * Geometry.FragmentsPerGroup);
    }

    public void Add(long offset, int width, long delta) => Poke(offset, width, Peek(offset, width) + delta);

    public InodeFacts First(Func<InodeFacts, bool> match) => Inodes().First(match);

    public InodeFacts Inode(int number = 2) => First(inode => inode.Number == number);

    /// <summary>A regular file whose content is one whole block or more, without blocks of pointers.</summary>
    public InodeFacts PlainFile() => First(inode =>
        inode.Type == FileType.Regular && inode.Bytes > (ulong)Geometry.BlockBytes && inode.Pointers[12] == 0);

    /// <summary>The pointer width of this version.</summary>
    public int Width => IsUfs2 ? 8 : 4;

    /// <summary>The device offset of the entry <paramref name="name"/> of a directory.</summary>
    public long Entry(InodeFacts directory, string name)
    {
        foreach (var (step, _) in Blocks(directory))
        {
            var start = Geometry.ByteOffset(step.Fragment);
            var end = start + (step.Fragments * Geometry.FragmentBytes);
            for (var at = start; at < end; at += Peek(at + DirentView<LittleEndian>.Offsets.Reclen, 2))
            {
                var length = Image[at + 7];
                if (Peek(at, 4) != 0 && Image.AsSpan((int)at + 8,
                    length).SequenceEqual(System.Text.Encoding.ASCII.GetBytes(name)))
                {
                    return at;
                }
            }
        }

        throw new KeyNotFoundException(name);
    }

    /// <summary>The inode at a path below the root.</summary>
    public InodeFacts Find(string path)
    {
        var inode = Inode();
        foreach (var name in path.Split('/'))
        {
            var number = (int)Peek(Entry(inode, name), 4);
            inode = First(other => other.Number == number);
        }

        return inode;
    }
}

/// <summary>A subject in one byte order.</summary>
internal sealed class Subject<TOrder> : Subject
    where TOrder : struct, IByteOrder
{
    public override int NlinkAt => InodeDecoder<TOrder>.LinkCountAt(IsUfs2);

    public override int SizeAt => InodeDecoder<TOrder>.SizeAt(IsUfs2);

    public override int BlocksAt => InodeDecoder<TOrder>.BlocksAt(IsUfs2);

    public static Subject Make(byte[] image, long offset, bool isLittleEndian)
    {
        var sink = new CheckSink(_ => { }, 0);
        var phase = new SuperblockPhase<TOrder>(sink, image.AsSpan((int)offset, 8192), offset);
        return new Subject<TOrder>
        {
            Image = image,
            Geometry = phase.TakeGeometry(image.Length, false) ?? throw new InvalidDataException("geometry"),
            IsLittleEndian = isLittleEndian,
            SuperblockOffset = offset,
        };
    }

    public override CheckSummary Check(
        Action<CheckFinding> report, CheckLimits? limits, MemoryDevice? device, long superblockOffset) =>
        UfsCheck<TOrder>.Run(
            device ?? new MemoryDevice(Image),
            superblockOffset < 0 ? SuperblockOffset : superblockOffset,
            report,
            TestContext.Current.CancellationToken,
            limits);

    public override int PointerAt(int index) => InodeDecoder<TOrder>.PointerAt(IsUfs2, index);

    public override List<InodeFacts> Inodes()
    {
        var inodes = new List<InodeFacts>();
        var device = new CheckDevice(new MemoryDevice(Image), default);
        var scan = new InodeScan<TOrder>(Geometry, device);
        var header = new CylinderGroup<TOrder>(Geometry, device);
        for (var group = 0; group < Geometry.Groups; group++)
        {
            header.Load(group);
            scan.Start(group, header.InitialisedInodes);
            while (scan.MoveNext())
            {
                var inode = scan.Decode();
                if (inode.IsAllocated)
                {
                    inodes.Add(inode);
                }
            }
        }

        return inodes;
    }

    public override List<(BlockStep Step, string Name)> Blocks(InodeFacts inode)
    {
        var walk = new BlockWalk<TOrder>(Geometry, new CheckDevice(new MemoryDevice(Image), default))
        {
            IndirectBlocksLeft = int.MaxValue,
        };
        var steps = new List<(BlockStep, string)>();
        walk.Start(inode);
        while (walk.MoveNext())
        {
            steps.Add((walk.Current, walk.Describe()));
        }

        return steps;
    }
}

using System.Buffers.Binary;

namespace KernKit.Volumes.Tests;

// One round: change a few bytes of a good image where they hurt (superblock, cylinder groups, inodes, directories,
// indirect blocks), read everything that a user could ask for, undo. What may happen is a volume that reads
// otherwise, and VolumeExceptions that say where. What may not: any other exception, more work than a few times the
// image, memory beyond the bound. Work is counted in bytes read, not in seconds, so that a round fails or passes the
// same on every machine. A failure names the seed and the round.

/// <summary>Reads mutated images. Deterministic: a seed and a number of rounds say everything.</summary>
public sealed class VolumeFuzz
{
    /// <summary>The most memory that reading one image may allocate, all told.</summary>
    public const long AllocatedBytesMax = 256L << 20;

    /// <summary>Bytes of content that may be read from one image, as a multiple of its size.</summary>
    public const int ContentFactorMax = 64;

    private static readonly long[] _interesting =
    [
        0, 1, 2, -1, 7, 8, 127, 128, 255, 256, 511, 512, 4095, 4096, 32767, 32768, 65535, 65536, int.MaxValue,
        int.MinValue, uint.MaxValue, 1L << 40, long.MaxValue, long.MinValue,
    ];

    private readonly byte[] _image;
    private readonly List<(int Offset, int Length)> _targets;
    private readonly int _seed;

    /// <summary>Prepares to mutate an image.</summary>
    /// <param name="image">A good image; it is copied.</param>
    /// <param name="seed">Says which mutations are made.</param>
    public VolumeFuzz(byte[] image, int seed)
    {
        _image = [.. image];
        _seed = seed;
        _targets = MutationPlaces.Find(_image);
    }

    /// <summary>Images that were read without any error.</summary>
    public int CleanCount { get; private set; }

    /// <summary>Errors that were reported as they should be.</summary>
    public long ErrorCount { get; private set; }

    /// <summary>Mutates and reads the image <paramref name="rounds"/> times.</summary>
    /// <exception cref="InvalidOperationException">A rule was broken; the message says the seed and the round that
    /// shows it.</exception>
    public void Run(int rounds, int firstRound = 0)
    {
        for (var round = firstRound; round < firstRound + rounds; round++)
        {
            var mutated = (byte[])_image.Clone();
            var random = new Random(HashCode(round));
            var length = Mutate(mutated, random);
            try
            {
                Read(length == mutated.Length ? mutated : mutated[..length]);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException(
                    $"seed {_seed}, round {round}: {error.Message} "
                    + $"(replay: new VolumeFuzz(image, {_seed}).Run(1, {round}))",
                    error);
            }
        }
    }

    private int HashCode(int round) => unchecked((_seed * 486187739) + (round * 16777619));

    private int Mutate(byte[] image, Random random)
    {
        var changes = 1 + random.Next(4);
        for (var i = 0; i < changes; i++)
        {
            var (offset, length) = _targets[random.Next(_targets.Count)];
            var at = offset + random.Next(length);
            switch (random.Next(8))
            {
                case 0:
                    image[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    image[at] = (byte)random.Next(256);
                    break;
                case 2:
                    Write(image, at & ~1, 2, random);
                    break;
                case 3 or 4:
                    Write(image, at & ~3, 4, random);
                    break;
                case 5:
                    Write(image, at & ~7, 8, random);
                    break;
                case 6:
                    random.NextBytes(image.AsSpan(at, Math.Min(random.Next(1, 64), image.Length - at)));
                    break;
                default:
                    var (from, count) = _targets[random.Next(_targets.Count)];
                    count = Math.Min(Math.Min(count, length), 512);
                    image.AsSpan(from, count).CopyTo(image.AsSpan(offset, count));
                    break;
            }
        }

        return random.Next(32) == 0 ? random.Next(1, image.Length) : image.Length;
    }

    private static void Write(byte[] image, int at, int size, Random random)
    {
        var value = _interesting[random.Next(_interesting.Length)] + random.Next(-1, 2);
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            bytes = bytes[..size];
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes, value);
            bytes = bytes[^size..];
        }

        bytes[..Math.Min(size, image.Length - at)].CopyTo(image.AsSpan(at));
    }

    private void Read(byte[] image)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var errors = 0L;
        var device = new MemoryDevice(image) { ReadBytesMax = (ContentFactorMax * (long)image.Length) + (64 << 20) };
        try
        {
            using var volume = Volume.Open(device);
            volume.Describe();
            var content = 0L;
            var walk = new VolumeWalk(volume, [], true, true, problem => errors += Accept(problem.Error));
            while (walk.MoveNext())
            {
                var node = walk.Attributes;
                errors += Try(() =>
                    content += ReadNode(volume, node, (ContentFactorMax * (long)image.Length) - content));
            }

            volume.Check(AcceptFinding);
        }
        catch (VolumeException error)
        {
            errors += Accept(error);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > AllocatedBytesMax)
        {
            throw new InvalidOperationException($"{allocated} bytes were allocated");
        }

        ErrorCount += errors;
        CleanCount += errors == 0 ? 1 : 0;
    }

    private static long ReadNode(Volume volume, NodeAttributes node, long budget)
    {
        volume.GetExtendedAttributes(node);
        if (node.Type == NodeType.Symlink)
        {
            volume.ReadLink(node);
        }

        if (node.Type is not (NodeType.File or NodeType.Directory))
        {
            return 0;
        }

        var content = volume.OpenContent(node);
        var buffer = new byte[65536];
        var offset = 0L;
        int count;
        while ((count = content.Read(offset, buffer)) > 0)
        {
            offset += count;
            if (offset > budget)
            {
                throw new InvalidOperationException($"inode {node.Id}: more than {budget} bytes of content");
            }
        }

        return offset == content.Length ? offset
            : throw new InvalidOperationException($"{offset} of {content.Length} bytes");
    }

    private static long Try(Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (VolumeException error)
        {
            return Accept(error);
        }
    }

    private static void AcceptFinding(CheckFinding finding)
    {
        if (finding.Rule.Length == 0 || finding.Structure.Length == 0 || finding.Message.Length == 0)
        {
            throw new InvalidOperationException($"a finding without rule, place or message: {finding}");
        }
    }

    /// <summary>Each error says where: structure and offset.</summary>
    private static long Accept(VolumeException error) => error is { Structure.Length: > 0, Offset: >= 0 }
        ? 1
        : throw new InvalidOperationException($"an error without a place: {error.Message}", error);
}

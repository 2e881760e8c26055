using KernKit.Volumes.Extract;
using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Walks over what directories say wrongly, and over more than memory should hold.</summary>
public sealed class WalkTests
{
    public static TheoryData<string, int> Shapes() => new() { { "le", 1 }, { "be", 1 }, { "le", 2 }, { "be", 2 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_directory_whose_entry_says_file_is_reported_and_walked_all_the_same(string order, int version)
    {
        using var volume = WithTypeOfDir(order, version, 8);
        var problems = new List<WalkProblem>();
        var entries = Reading.Walk(volume, problems.Add);
        Assert.Equal(["", "dir", "dir/link", "dir/one", "dir/two", "file"],
            entries.Select(entry => Reading.Text(entry.Path)));
        Assert.Equal(NodeType.Directory, entries[1].Attributes.Type);
        AssertType(Assert.Single(problems), "dir");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Extraction_reports_it_too_and_restores_everything(string order, int version)
    {
        using var volume = WithTypeOfDir(order, version, 8);
        var stop = TestContext.Current.CancellationToken;
        var problems = new List<WalkProblem>();
        using var archive = new MemoryStream();
        Assert.Equal(6, new Extractor(volume, problems.Add).ToTar([], archive, stop).Entries);
        AssertType(Assert.Single(problems), "dir");
        problems.Clear();
        using var target = new TemporaryDirectory();
        var path = Path.Combine(target.Path, "out");
        Assert.Equal(6, new Extractor(volume, problems.Add).ToDirectory([], path, stop).Entries);
        Assert.Equal(2, new FileInfo(Path.Combine(path, "dir", "two")).Length);
        AssertType(Assert.Single(problems), "dir");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_whose_entry_says_directory_is_reported_once(bool needAttributes)
    {
        var image = SmallImage.Edit("le", 2);
        SetType(image, "file", 4);
        using var volume = image.Open();
        var problems = new List<WalkProblem>();
        var walk = new VolumeWalk(volume, [], true, needAttributes, problems.Add);
        Assert.Equal(6, Count(walk));
        AssertType(Assert.Single(problems), "file");
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 3)]
    public void A_directory_whose_inode_is_free_is_reported_once(bool needAttributes, int visited)
    {
        var image = SmallImage.Edit("le", 2);
        var id = image.IdOf("dir");
        image.InodeBytes(id).Clear();
        using var volume = image.Open();
        var problems = new List<WalkProblem>();
        var walk = new VolumeWalk(volume, [], true, needAttributes, problems.Add);
        Assert.Equal(visited, Count(walk));
        var problem = Assert.Single(problems);
        Assert.Equal("dir", Reading.Text(problem.Path));
        Assert.Contains("free", problem.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_that_lie_keep_the_order_of_whole_paths()
    {
        // Each second name, from the first, says file; all are directories with a file "x" in them.
        using var volume = new LyingVolume(["d", "d-", "d.x", "e", "e-"]);
        var problems = new List<WalkProblem>();
        var paths = Reading.Walk(volume, problems.Add).Select(entry => Reading.Text(entry.Path)).ToArray();
        Assert.Equal(["", "d", "d-", "d-/x", "d.x", "d.x/x", "d/x", "e", "e-", "e-/x", "e/x"], paths);
        Assert.Equal(3, problems.Count);
    }

    [Fact]
    public void A_chain_of_huge_directories_is_left_where_its_listings_are_too_much()
    {
        using var volume = new ChainVolume();
        var problems = new List<WalkProblem>();
        var walk = new VolumeWalk(volume, [], true, false, problems.Add);
        var deepest = 0;
        while (walk.MoveNext())
        {
            deepest = Math.Max(deepest, walk.Depth);
        }

        var error = Assert.Single(problems).Error;
        Assert.Equal(VolumeError.Unsupported, error.Error);
        Assert.Contains("64 MiB", error.Message, StringComparison.Ordinal);
        Assert.InRange(deepest, 5, 20);
    }

    [Fact]
    public void Huge_directories_beside_the_way_down_cost_nothing_there()
    {
        using var volume = new CombVolume();
        var walk = new VolumeWalk(volume, [], true, false, static problem => throw problem.Error);
        var deepest = 0;
        while (walk.MoveNext())
        {
            deepest = Math.Max(deepest, walk.Depth);
        }

        Assert.Equal(CombVolume.Levels + 2, deepest);
    }

    [Fact]
    public void An_extraction_leaves_the_chain_too()
    {
        using var volume = new ChainVolume();
        using var target = new TemporaryDirectory();
        var problems = new List<VolumeException>();
        var path = Path.Combine(target.Path, "out");
        using var extraction = new DirectoryExtraction(
            volume, problem => problems.Add(problem.Error), new ExtractionTotals(), [],
            volume.GetAttributes(volume.RootId), path, TestContext.Current.CancellationToken, workersMax: 1);
        extraction.Run();
        Assert.Single(problems, error => error.Message.Contains("64 MiB", StringComparison.Ordinal));
        var deepest = Directory.GetDirectories(path, "*", SearchOption.AllDirectories).Length;
        Assert.InRange(deepest, 5, 20);
    }

    private static int Count(VolumeWalk walk)
    {
        var count = 0;
        while (walk.MoveNext())
        {
            count++;
        }

        return count;
    }

    private static void AssertType(WalkProblem problem, string path)
    {
        Assert.Equal(path, Reading.Text(problem.Path));
        Assert.Equal((VolumeError.Damaged, "dirent.type"), (problem.Error.Error, problem.Error.Structure));
    }

    private static Volume WithTypeOfDir(string order, int version, byte type)
    {
        var image = SmallImage.Edit(order, version);
        SetType(image, "dir", type);
        return image.Open();
    }

    private static void SetType(UfsEditor image, string name, byte type)
    {
        var chunk = image.Chunk("");
        var at = chunk.IndexOf(System.Text.Encoding.ASCII.GetBytes(name + "\0"));
        chunk[at - 2] = type;
    }

    /// <summary>A volume of nothing but directories.</summary>
    private abstract class MadeVolume : Volume
    {
        public override string Format => "made";

        public override IBlockDevice Device { get; } = new MemoryDevice([]);

        public override ulong RootId => 0;

        public override IReadOnlyList<VolumeFact> Describe() => [];

        public override byte[] ReadLink(in NodeAttributes link) => throw new NotSupportedException();

        public override FileContent OpenContent(in NodeAttributes file) => throw new NotSupportedException();

        public override IReadOnlyList<ExtendedAttribute> GetExtendedAttributes(in NodeAttributes node) => [];

        public override CheckSummary Check(Action<CheckFinding> report, CancellationToken cancellation = default) =>
            throw new NotSupportedException();
    }

    /// <summary>Directories below the root, of which each second says that it is a file.</summary>
    private sealed class LyingVolume(string[] names) : MadeVolume
    {
        private const ulong File = 1000;

        public override NodeAttributes GetAttributes(ulong id) =>
            new() { Id = id, Type = id == File ? NodeType.File : NodeType.Directory };

        public override void ReadDirectory(in NodeAttributes directory, DirectoryListing listing)
        {
            if (directory.Id != 0)
            {
                listing.Add("x"u8, File, NodeType.File, 0);
                return;
            }

            for (var i = 0; i < names.Length; i++)
            {
                listing.Add(System.Text.Encoding.ASCII.GetBytes(names[i]), (ulong)i + 1,
                    i % 2 == 0 ? NodeType.File : NodeType.Directory, 0);
            }
        }
    }

    /// <summary>A chain of small directories, each with a huge one beside the next, in which there is one more: what
    /// is odd is huge.</summary>
    private sealed class CombVolume : MadeVolume
    {
        public const int Levels = 20;
        private readonly byte[] _name = new byte[250];

        public override NodeAttributes GetAttributes(ulong id) => new() { Id = id, Type = NodeType.Directory };

        public override void ReadDirectory(in NodeAttributes directory, DirectoryListing listing)
        {
            if (directory.Id % 2 == 0)
            {
                if (directory.Id < 2 * Levels)
                {
                    listing.Add("a"u8, directory.Id + 1, NodeType.Directory, 0);
                    listing.Add("b"u8, directory.Id + 2, NodeType.Directory, 0);
                }

                listing.Add("c"u8, 1000, NodeType.File, 0);
                return;
            }

            for (var i = 0; i < 20_000; i++)
            {
                _name.AsSpan().Fill((byte)'b');
                System.Text.Encoding.ASCII.GetBytes($"{i:D5}").CopyTo(_name, 0);
                listing.Add(_name, 1000, NodeType.File, 0);
            }

            listing.Add("z"u8, directory.Id + 2001, NodeType.Directory, 0);
        }
    }

    /// <summary>A hundred directories one below the other, each with names of 8 MiB that no system can have.</summary>
    private sealed class ChainVolume : MadeVolume
    {
        private const int Names = 32768;
        private readonly byte[] _name = new byte[250];

        public override NodeAttributes GetAttributes(ulong id) => new()
        {
            Id = id,
            Type = id <= 100 ? NodeType.Directory
                : throw new VolumeException(VolumeError.Damaged, "no such inode"),
        };

        public override void ReadDirectory(in NodeAttributes directory, DirectoryListing listing)
        {
            listing.Add("a"u8, directory.Id + 1, NodeType.Directory, 0);
            _name.AsSpan().Fill((byte)'b');
            for (var i = 0; i < Names; i++)
            {
                _name[1] = (byte)(i & 63 | 64);
                _name[2] = (byte)((i >> 6) & 63 | 64);
                _name[3] = (byte)(i >> 12 | 64);
                listing.Add(_name, 1000, NodeType.File, 0);
            }
        }
    }
}

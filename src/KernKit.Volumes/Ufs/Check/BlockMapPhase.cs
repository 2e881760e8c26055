using System.Numerics;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>Phase 5, the blocks: compares the maps and counts of each group of a window with what the inodes
/// claimed.</summary>
internal sealed class BlockMapPhase<TOrder>
    where TOrder : struct, IByteOrder
{
    private readonly CheckGeometry _geometry;
    private readonly CheckSink _sink;
    private readonly byte[] _free;
    private readonly byte[] _clusters;
    private readonly long[] _runs = new long[9];
    private readonly long[] _clusterSums;

    public BlockMapPhase(CheckGeometry geometry, CheckSink sink)
    {
        _geometry = geometry;
        _sink = sink;
        _free = new byte[(geometry.FragmentsPerGroup + 7) / 8];
        _clusters = new byte[((geometry.FragmentsPerGroup / geometry.FragmentsPerBlock) + 7) / 8];
        _clusterSums = new long[geometry.ClusterSizes + 1];
    }

    /// <summary>What the groups so far hold, as far as blocks tell.</summary>
    public GroupCounts Totals { get; private set; }

    public void Compare(FragmentWindow window, CylinderGroup<TOrder> group, SummaryArea<TOrder> summary)
    {
        window.CopyFree(group.Number, _free);
        var counts = Count(group.Number);
        Totals = Totals with
        {
            FreeBlocks = Totals.FreeBlocks + counts.FreeBlocks,
            FreeFragments = Totals.FreeFragments + counts.FreeFragments,
        };
        var csum = summary.At(group.Number);
        summary.Expect(group.Number, "nbfree", CsumView<TOrder>.Offsets.Nbfree, csum.Nbfree, counts.FreeBlocks);
        summary.Expect(group.Number, "nffree", CsumView<TOrder>.Offsets.Nffree, csum.Nffree, counts.FreeFragments);
        if (!group.IsGroup)
        {
            return;
        }

        var view = group.View;
        var at = CylinderGroupView<TOrder>.Offsets.Cs;
        group.Expect(_sink, CheckRule.GroupCounts, "cs.nbfree", at + CsumView<TOrder>.Offsets.Nbfree,
            view.Cs.Nbfree, counts.FreeBlocks);
        group.Expect(_sink, CheckRule.GroupCounts, "cs.nffree", at + CsumView<TOrder>.Offsets.Nffree,
            view.Cs.Nffree, counts.FreeFragments);
        for (var size = 0; size < 8; size++)
        {
            var expected = size < _geometry.FragmentsPerBlock ? _runs[size] : 0;
            group.Expect(_sink, CheckRule.FragmentSums, $"frsum[{size}]",
                CylinderGroupView<TOrder>.Offsets.Frsum + (size * sizeof(uint)), view.Frsum[size], expected);
        }

        if (group.HasFragmentMap)
        {
            CompareFragments(group);
        }

        if (group.HasClusterMaps)
        {
            CompareClusters(group);
        }
    }

    private GroupCounts Count(int group)
    {
        _runs.AsSpan().Clear();
        _clusterSums.AsSpan().Clear();
        _clusters.AsSpan().Clear();
        var counts = default(GroupCounts);
        var perBlock = _geometry.FragmentsPerBlock;
        var full = (1 << perBlock) - 1;
        var fragments = (int)(_geometry.GroupEnd(group) - _geometry.GroupBase(group));
        var row = 0;
        for (var at = 0; at < fragments; at += perBlock)
        {
            var free = (_free[at >> 3] >> (at & 7)) & full;
            if (free == full)
            {
                counts.FreeBlocks++;
                row++;
                _clusters[at / perBlock >> 3] |= (byte)(1 << (at / perBlock & 7));
                continue;
            }

            EndRow(ref row);
            counts.FreeFragments += BitOperations.PopCount((uint)free);
            while (free != 0)
            {
                free >>= BitOperations.TrailingZeroCount(free);
                var run = BitOperations.TrailingZeroCount(~free);
                _runs[run]++;
                free >>= run;
            }
        }

        EndRow(ref row);
        return counts;
    }

    private void EndRow(ref int row)
    {
        if (row > 0 && _geometry.ClusterSizes > 0)
        {
            _clusterSums[Math.Min(row, _geometry.ClusterSizes)]++;
        }

        row = 0;
    }

    private void CompareFragments(CylinderGroup<TOrder> group)
    {
        var view = group.View;
        var first = _geometry.GroupBase(group.Number);
        var differences = new MapDifferences(_free, view.Blksfree.Bytes, _geometry.FragmentsPerGroup);
        while (differences.MoveNext())
        {
            var message = differences.ActualIsSet
                ? "marked free, must be used: an inode or metadata holds them"
                : "marked used, must be free: nothing holds them";
            _sink.Add(CheckRule.BlockBitmap, $"{group.Name}.blksfree[{differences.Start}]",
                group.Offset + view.Freeoff + (differences.Start >> 3),
                $"fragments {first + differences.Start} to {first + differences.Last} are {message}");
        }
    }

    private void CompareClusters(CylinderGroup<TOrder> group)
    {
        var view = group.View;
        var blocks = _geometry.FragmentsPerGroup / _geometry.FragmentsPerBlock;
        var differences = new MapDifferences(_clusters, view.Clustersfree.Bytes, blocks);
        while (differences.MoveNext())
        {
            var message = differences.ActualIsSet ? "marked free, must be used" : "marked used, must be free";
            _sink.Add(CheckRule.ClusterBitmap, $"{group.Name}.clustersfree[{differences.Start}]",
                group.Offset + view.Clusteroff + (differences.Start >> 3),
                $"blocks {differences.Start} to {differences.Last} of the group are {message}");
        }

        // Element 0 shares its bytes with the map before it.
        var sums = view.Clustersum;
        for (var size = 1; size <= _geometry.ClusterSizes; size++)
        {
            group.Expect(_sink, CheckRule.ClusterSums, $"clustersum[{size}]",
                (int)view.Clustersumoff + (size * sizeof(int)), sums[size], _clusterSums[size]);
        }
    }
}

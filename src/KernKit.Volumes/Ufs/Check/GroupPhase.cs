using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>Checks the header of each group: what it says of itself, where its maps lie, its hash.</summary>
/// <remarks>fsck_ffs computes the same header anew and compares (pass5.c), after check_cgmagic() found it
/// credible.</remarks>
internal sealed class GroupPhase<TOrder>(CheckGeometry geometry, CheckSink sink)
    where TOrder : struct, IByteOrder
{
    public void Check(CylinderGroup<TOrder> group)
    {
        if (!group.IsPresent)
        {
            return;
        }

        var view = group.View;
        if (!group.IsGroup)
        {
            sink.Add(CheckRule.GroupMagic, $"{group.Name}.magic",
                group.Offset + CylinderGroupView<TOrder>.Offsets.Magic,
                $"is 0x{view.Magic:x}, must be 0x{UfsConstants.CgMagic:x}; the group's maps are not compared");
            return;
        }

        CheckFields(group, view);
        CheckOffsets(group, view);
        if (geometry.HashesGroups)
        {
            var at = CylinderGroupView<TOrder>.Offsets.Ckhash;
            var hash = CheckHash.Compute(group.Bytes, at);
            if (hash != view.Ckhash)
            {
                sink.Add(CheckRule.GroupHash, $"{group.Name}.ckhash", group.Offset + at,
                    $"is 0x{view.Ckhash:x}, must be 0x{hash:x}");
            }
        }
    }

    private void CheckFields(CylinderGroup<TOrder> group, CylinderGroupView<TOrder> view)
    {
        var fragments = geometry.GroupEnd(group.Number) - geometry.GroupBase(group.Number);
        Header(group, "cgx", CylinderGroupView<TOrder>.Offsets.Cgx, view.Cgx, group.Number);
        Header(group, "ndblk", CylinderGroupView<TOrder>.Offsets.Ndblk, view.Ndblk, fragments);
        if (geometry.IsUfs2)
        {
            Header(group, "niblk", CylinderGroupView<TOrder>.Offsets.Niblk, view.Niblk, geometry.InodesPerGroup);
            Range(group, "initediblk", CylinderGroupView<TOrder>.Offsets.Initediblk, view.Initediblk,
                geometry.InodesPerGroup);
        }
        else
        {
            Header(group, "old_niblk", CylinderGroupView<TOrder>.Offsets.OldNiblk,
                view.OldNiblk, (short)geometry.InodesPerGroup);
            Range(group, "old_ncyl", CylinderGroupView<TOrder>.Offsets.OldNcyl,
                (ushort)view.OldNcyl, geometry.OldCylindersPerGroup);
        }

        if (geometry.ClusterSizes > 0)
        {
            Header(group, "nclusterblks", CylinderGroupView<TOrder>.Offsets.Nclusterblks,
                view.Nclusterblks, fragments / geometry.FragmentsPerBlock);
        }

        // Where the allocator looked last: any place inside the group will do.
        Range(group, "rotor", CylinderGroupView<TOrder>.Offsets.Rotor, view.Rotor, fragments - 1);
        Range(group, "frotor", CylinderGroupView<TOrder>.Offsets.Frotor, view.Frotor, fragments - 1);
        Range(group, "irotor", CylinderGroupView<TOrder>.Offsets.Irotor, view.Irotor, geometry.InodesPerGroup - 1);
    }

    private void CheckOffsets(CylinderGroup<TOrder> group, CylinderGroupView<TOrder> view)
    {
        long at = CylinderGroupView<TOrder>.MinSize;
        if (!geometry.IsUfs2)
        {
            Offset(group, "old_btotoff", CylinderGroupView<TOrder>.Offsets.OldBtotoff, view.OldBtotoff, at);
            at += geometry.OldCylindersPerGroup * sizeof(int);
            Offset(group, "old_boff", CylinderGroupView<TOrder>.Offsets.OldBoff, view.OldBoff, at);
            at += (long)geometry.OldCylindersPerGroup * geometry.OldRotationalPositions * sizeof(short);
        }

        Offset(group, "iusedoff", CylinderGroupView<TOrder>.Offsets.Iusedoff, view.Iusedoff, at);
        at += group.InodeMapBytes;
        Offset(group, "freeoff", CylinderGroupView<TOrder>.Offsets.Freeoff, view.Freeoff, at);
        at += group.FragmentMapBytes;
        if (geometry.ClusterSizes > 0)
        {
            // Element 0 of the sums is never used, and lies on the end of the map before it.
            var sums = (at - sizeof(int) + 3) / 4 * 4;
            Offset(group, "clustersumoff", CylinderGroupView<TOrder>.Offsets.Clustersumoff, view.Clustersumoff, sums);
            at = sums + ((geometry.ClusterSizes + 1) * sizeof(int));
            Offset(group, "clusteroff", CylinderGroupView<TOrder>.Offsets.Clusteroff, view.Clusteroff, at);
            at += group.ClusterMapBytes;
        }

        Offset(group, "nextfreeoff", CylinderGroupView<TOrder>.Offsets.Nextfreeoff, view.Nextfreeoff, at);
    }

    private void Header(CylinderGroup<TOrder> group, string field, int at, long actual, long expected) =>
        group.Expect(sink, CheckRule.GroupHeader, field, at, actual, expected);

    private void Offset(CylinderGroup<TOrder> group, string field, int at, long actual, long expected) =>
        group.Expect(sink, CheckRule.GroupOffsets, field, at, actual, expected);

    private void Range(CylinderGroup<TOrder> group, string field, int at, long actual, long max)
    {
        if (actual > max)
        {
            sink.Add(CheckRule.GroupHeader, $"{group.Name}.{field}", group.Offset + at,
                $"is {actual}, must be at most {max}");
        }
    }
}

using System.Buffers.Binary;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>One bit for each fragment of a run of cylinder groups: held or not.</summary>
internal sealed class FragmentWindow
{
    private readonly CheckGeometry _geometry;
    private readonly int _groupsPerWindow;
    private byte[] _bits = [];

    public FragmentWindow(CheckGeometry geometry, long fragmentsPerWindow)
    {
        _geometry = geometry;
        _groupsPerWindow = (int)Math.Clamp(fragmentsPerWindow / geometry.FragmentsPerGroup, 1, geometry.GroupsOnDevice);
    }

    public int FirstGroup { get; private set; }

    /// <summary>The group behind the last one of the window.</summary>
    public int EndGroup { get; private set; }

    public bool HasMore => EndGroup < _geometry.GroupsOnDevice;

    public bool IsOpen => FirstGroup < EndGroup;

    private long Start => _geometry.GroupBase(FirstGroup);

    private long End => _geometry.GroupEnd(EndGroup - 1);

    /// <summary>Goes on to the next groups, with only their metadata held; closes if there are none.</summary>
    public void Advance()
    {
        FirstGroup = EndGroup;
        EndGroup = Math.Min(FirstGroup + _groupsPerWindow, _geometry.GroupsOnDevice);
        if (!IsOpen)
        {
            return;
        }

        // Eight spare bytes, so that a 64-bit read at the last bit stays inside.
        var bytes = (int)((End - Start + 7) / 8) + 16;
        if (_bits.Length < bytes)
        {
            _bits = new byte[bytes];
        }

        _bits.AsSpan().Clear();
        for (var group = FirstGroup; group < EndGroup; group++)
        {
            Hold(_geometry.MetadataStart(group), _geometry.MetadataEnd(group));
        }

        Hold(_geometry.SummaryAt, _geometry.SummaryAt + _geometry.SummaryFragments);
    }

    /// <summary>Marks a run of at most one block as held.</summary>
    /// <returns>The fragments that were held before, one bit each.</returns>
    public int Claim(long fragment, int count)
    {
        if (fragment < Start || fragment >= End)
        {
            return 0;
        }

        var held = 0;
        for (var i = 0; i < count; i++)
        {
            var bit = fragment + i - Start;
            ref var cell = ref _bits[bit >> 3];
            var mask = (byte)(1 << (int)(bit & 7));
            held |= (cell & mask) != 0 ? 1 << i : 0;
            cell |= mask;
        }

        return held;
    }

    /// <summary>Writes the free map that a group must have.</summary>
    /// <param name="group">A group of the window.</param>
    /// <param name="free">Takes one bit for each fragment of the group; bits beyond its end are cleared.</param>
    public void CopyFree(int group, Span<byte> free)
    {
        var from = _geometry.GroupBase(group) - Start;
        var count = (int)(_geometry.GroupEnd(group) - _geometry.GroupBase(group));
        free.Clear();
        for (var bit = 0; bit < count; bit += 32)
        {
            var at = from + bit;
            var word = BinaryPrimitives.ReadUInt64LittleEndian(_bits.AsSpan((int)(at >> 3))) >> (int)(at & 7);
            var bits = ~(uint)word;
            if (count - bit < 32)
            {
                bits &= (1u << (count - bit)) - 1;
            }

            for (var i = 0; i < 4 && (bit >> 3) + i < free.Length; i++)
            {
                free[(bit >> 3) + i] = (byte)(bits >> (i * 8));
            }
        }
    }

    private void Hold(long start, long end)
    {
        start = Math.Max(start, Start);
        end = Math.Min(end, End);
        for (var fragment = start; fragment < end; fragment++)
        {
            _bits[(fragment - Start) >> 3] |= (byte)(1 << (int)((fragment - Start) & 7));
        }
    }
}

using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>The array that repeats the counts of each group, read in pieces.</summary>
internal sealed class SummaryArea<TOrder>(CheckGeometry geometry, CheckDevice device, CheckSink sink)
    where TOrder : struct, IByteOrder
{
    private const int PerPiece = 512;
    private readonly byte[] _piece = new byte[PerPiece * CsumView<TOrder>.Size];
    private int _pieceNumber = -1;

    /// <summary>The counts of a group as the array has them.</summary>
    public CsumView<TOrder> At(int group)
    {
        if (group / PerPiece != _pieceNumber)
        {
            _pieceNumber = group / PerPiece;
            var bytes = Math.Min(PerPiece, geometry.Groups - (_pieceNumber * PerPiece)) * CsumView<TOrder>.Size;
            device.TryRead(Offset(_pieceNumber * PerPiece), _piece.AsSpan(0, bytes));
        }

        return new CsumView<TOrder>(_piece.AsSpan(group % PerPiece * CsumView<TOrder>.Size, CsumView<TOrder>.Size));
    }

    public void Expect(int group, string field, int at, long actual, long expected)
    {
        if (actual != expected && Offset(group) + CsumView<TOrder>.Size <= device.Length)
        {
            sink.Add(CheckRule.SummaryCounts, $"csum_area.groups[{group}].{field}", Offset(group) + at,
                $"is {actual}, must be {expected}");
        }
    }

    private long Offset(int group) => geometry.ByteOffset(geometry.SummaryAt) + ((long)group * CsumView<TOrder>.Size);
}

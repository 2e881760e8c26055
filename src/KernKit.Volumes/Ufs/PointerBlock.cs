using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs;

/// <summary>An indirect block of either format.</summary>
internal readonly ref struct PointerBlock<TOrder>
    where TOrder : struct, IByteOrder
{
    private readonly bool _wide;
    private readonly Int32Array<TOrder> _narrowPointers;
    private readonly Int64Array<TOrder> _widePointers;

    public PointerBlock(ReadOnlySpan<byte> block, UfsGeometry geometry)
    {
        _wide = geometry.IsUfs2;
        if (_wide)
        {
            _widePointers = new Indirect2View<TOrder>(block, (uint)geometry.PointersPerBlock).Pointers;
        }
        else
        {
            _narrowPointers = new Indirect1View<TOrder>(block, (uint)geometry.PointersPerBlock).Pointers;
        }
    }

    public long this[int index] => _wide ? _widePointers[index] : _narrowPointers[index];
}

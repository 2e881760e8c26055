using KernKit.Fuzz.Layouts;
using KernKit.Fuzz.Layouts.Caps;
using KernKit.Fuzz.Layouts.Hammer;
using KernKit.Fuzz.Layouts.Kernel;
using KernKit.Fuzz.Layouts.Ufs;
using KernKit.Fuzz.Layouts.Wire;
using Hammer2 = KernKit.Fuzz.Layouts.Hammer2;

namespace KernKit.Fuzz;

/// <summary>Opens, validates and prints damaged bytes through generated views.</summary>
internal sealed class ViewTarget : IFuzzTarget
{
    private const int BytesMax = 16384;
    private const int TextMax = 1 << 20;

    public string Name => "views";

    public void Run(ulong seed)
    {
        var random = new Random(unchecked((int)seed));
        ReadOnlySpan<byte> bytes = DamagedBytes.Of(random, BytesMax);
        var number = (uint)random.NextInt64(1L << random.Next(1, 33));
        var text = (seed % 3) switch
        {
            0 => Hammers(seed / 3, bytes, number),
            1 => seed % 2 == 0 ? Ufs<LittleEndian>(seed / 6, bytes, number) : Ufs<BigEndian>(seed / 6, bytes, number),
            _ => Wires(seed / 3, bytes),
        };
        if (text.Length > TextMax)
        {
            throw new InvalidOperationException($"{text.Length} characters");
        }
    }

    private static string Of(bool isValid, string text) => isValid ? text : "!" + text;

    private static string Hammers(ulong seed, ReadOnlySpan<byte> bytes, uint number) => (seed % 8) switch
    {
        0 => VolumeOndiskView.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
        1 => NodeOndiskView.TryOpen(bytes, number, out var v) ? Of(v.IsValid, v.ToString()) : "",
        2 => FifoRunView.TryOpen(bytes, number, out var v) ? Of(v.IsValid, v.ToString()) : "",
        3 => MirrorStreamView.TryOpen(bytes, number, out var v) ? Of(v.IsValid, v.ToString()) : "",
        4 => RecordDataView.TryOpen(bytes, (Rectype)(number & 31), number >> 5, out var v)
            ? Of(v.IsValid, v.ToString())
            : "",
        5 => Hammer2.IndirectView.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
        6 => Hammer2.InodeDataView.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
        _ => Hammer2.BmapDataView.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
    };

    private static string Ufs<TOrder>(ulong seed, ReadOnlySpan<byte> bytes, uint number)
        where TOrder : struct, IByteOrder => (seed % 5) switch
        {
            0 => SuperblockView<TOrder>.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
            1 => CylinderGroupView<TOrder>.TryOpen(bytes, number, number >> 3, number & 15, 3, out var v)
                ? Of(v.IsValid, v.ToString())
                : "",
            2 => DirblockView<TOrder>.TryOpen(bytes, number, number % 2 == 0, out var v)
                ? Of(v.IsValid, v.ToString())
                : "",
            3 => Dinode2View<TOrder>.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
            _ => ExtattrAreaView<TOrder>.TryOpen(bytes, number, out var v) ? Of(v.IsValid, v.ToString()) : "",
        };

    private static string Wires(ulong seed, ReadOnlySpan<byte> bytes) => (seed % 4) switch
    {
        0 => DirentsView.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
        1 => MessageView.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
        2 => BtfSectionView<LittleEndian>.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
        _ => PcapFileView<BigEndian>.TryOpen(bytes, out var v) ? Of(v.IsValid, v.ToString()) : "",
    };
}

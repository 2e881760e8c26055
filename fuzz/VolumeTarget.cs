using KernKit.Volumes.Tests;

namespace KernKit.Fuzz;

/// <summary>
/// Reads, lists and checks mutated UFS images; what counts as a finding is in <see cref="VolumeFuzz"/>.
/// </summary>
internal sealed class VolumeTarget : IFuzzTarget
{
    private static readonly string[] Images =
        ["ufs1-le-small", "ufs1-be-small", "ufs2-le-small", "ufs2-be-small", "ufs2-le-fbsd"];

    private readonly VolumeFuzz?[] _images = new VolumeFuzz?[Images.Length];

    public string Name => "volumes";

    public void Run(ulong seed)
    {
        var image = (int)(seed % (ulong)Images.Length);
        var fuzz = _images[image] ??= new VolumeFuzz(TestImage.Bytes(Images[image]), image + 1);
        fuzz.Run(1, (int)(seed / (ulong)Images.Length % int.MaxValue));
    }
}

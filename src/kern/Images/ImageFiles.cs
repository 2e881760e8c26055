using KernKit.Volumes;

namespace KernKit.Command.Images;

/// <summary>Opens image files and block devices.</summary>
internal sealed class ImageFiles : IImageSource
{
    /// <inheritdoc/>
    public Volume OpenVolume(string image, int? partition) =>
        throw new VolumeException(VolumeError.Unsupported, "no file system");

    /// <inheritdoc/>
    public ImageContents Inspect(string image, int? partition) =>
        throw new VolumeException(VolumeError.Unsupported, "no file system");
}

using KernKit.Volumes;

namespace KernKit.Command.Images;

/// <summary>Opens what IMAGE names on the command line.</summary>
internal interface IImageSource
{
    /// <summary>Opens the file system of an image, or of one of its partitions (numbered from 1).</summary>
    /// <exception cref="VolumeException">There is no such image, partition or file system.</exception>
    Volume OpenVolume(string image, int? partition);

    /// <summary>Looks what an image holds.</summary>
    /// <exception cref="VolumeException">The image cannot be read.</exception>
    ImageContents Inspect(string image, int? partition);
}

/// <summary>What an image holds: a file system, a partition table, or both.</summary>
/// <param name="Length">The length of the image in bytes.</param>
/// <param name="Volume">The file system on the whole image or on the chosen partition, or null.</param>
/// <param name="Partitions">The partitions; empty without a table.</param>
/// <param name="TableDamage">What is wrong with a partition table, or null.</param>
internal sealed record ImageContents(
    long Length, Volume? Volume, IReadOnlyList<PartitionContents> Partitions, VolumeException? TableDamage)
    : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Volume?.Dispose();
}

/// <summary>A partition and what is in it.</summary>
/// <param name="Number">The number for <c>--partition</c>, from 1.</param>
/// <param name="Scheme">The kind of table: <c>mbr</c>, <c>gpt</c>, <c>disklabel</c> and so on.</param>
/// <param name="Start">The first byte on the image.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="Type">The type that the table states.</param>
/// <param name="Name">The name or letter that the table states, or null.</param>
/// <param name="Format">The format of the file system found, or null.</param>
internal sealed record PartitionContents(
    int Number, string Scheme, long Start, long Length, string Type, string? Name, string? Format);

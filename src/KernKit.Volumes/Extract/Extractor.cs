namespace KernKit.Volumes.Extract;

// Restores a part of a volume as a tree of this system, or as a tar archive.
//
// The image is hostile: its names, links, sizes and shapes are an attacker's. Hence
// - a name is one checked component (EntryName), used relative to an open directory that we made, never followed if it
// is a link;
// - files are made with O_EXCL: of two equal names the first wins, the second is reported;
// - all is made in a private staging directory and gets its final name when it is whole (StagingDirectory);
// - a file that cannot be read whole is left out and reported, the rest is still restored;
// - set-uid and set-gid bits are set only on what also got its owner;
// - depth, open descriptors and memory are bounded (DirectoryDescriptors, DirectoryExtraction).
//
// Order inside: directories are made before their content and finished (owner, mode, times) after it; further names of
// a node are linked when all first names are written. The start's own attributes go to the target only if the target is
// made here.

/// <summary>Restores files from a volume.</summary>
/// <param name="volume">The volume to read.</param>
/// <param name="problem">Takes what could not be restored because the volume is damaged, perhaps from several threads
/// at once; the extraction goes on behind it.</param>
public sealed class Extractor(Volume volume, Action<WalkProblem> problem)
{
    private readonly ExtractionTotals _totals = new();

    /// <summary>The number of entries restored so far; may be read from any thread.</summary>
    public long Entries => _totals.Entries;

    /// <summary>The bytes of content written so far; may be read from any thread.</summary>
    public long Bytes => _totals.Bytes;

    /// <summary>Restores to a directory: the content of a directory, or one other entry.</summary>
    /// <param name="path">The path on the volume, from its root; empty for everything.</param>
    /// <param name="target">A directory. If it does not exist it is made, and gets the attributes of the start.</param>
    /// <param name="cancellation">Stops, and removes what was made.</param>
    /// <exception cref="VolumeException">Nothing was restored: the start does not exist, a name is taken in the target,
    /// or the system refuses (<see cref="VolumeError.System"/>).</exception>
    /// <exception cref="OperationCanceledException">Nothing was restored.</exception>
    public ExtractSummary ToDirectory(ReadOnlySpan<byte> path, string target, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        var start = volume.Find(path);
        try
        {
            using var extraction = new DirectoryExtraction(volume, problem, _totals, path, start, target, cancellation);
            extraction.Run();
        }
        catch (TargetException refused)
        {
            throw new VolumeException(VolumeError.System, $"{target}: {refused.Message}", inner: refused);
        }

        return _totals.ToSummary();
    }

    /// <summary>
    /// Restores to a tar archive on a stream: ustar with pax extended headers, holes as GNU sparse 1.0.
    /// </summary>
    /// <param name="path">The path on the volume; names in the archive are relative to it.</param>
    /// <param name="archive">Takes the archive from its position on; if it can seek, it must be able to set its
    /// length.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="VolumeException">The start does not exist, or the archive could not be written to its
    /// end.</exception>
    /// <exception cref="OperationCanceledException">The archive was not written to its end.</exception>
    public ExtractSummary ToTar(ReadOnlySpan<byte> path, Stream archive, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        try
        {
            using var buffered = new ArchiveBuffer(archive);
            new TarExtraction(volume, problem, _totals, buffered, cancellation).Run(path);
            buffered.Flush();
        }
        catch (TargetException refused)
        {
            throw refused.Error;
        }

        return _totals.ToSummary();
    }

    /// <summary>Restores to a tar archive in a new file, which gets its name when it is whole.</summary>
    /// <param name="path">The path on the volume; names in the archive are relative to it.</param>
    /// <param name="target">The file, which must not exist.</param>
    /// <param name="cancellation">Stops, and removes what was written.</param>
    /// <exception cref="VolumeException">The start does not exist, the target does, or the system refuses.</exception>
    /// <exception cref="OperationCanceledException">Nothing was kept.</exception>
    public ExtractSummary ToTarFile(ReadOnlySpan<byte> path, string target, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        using var file = new StagingFile(target);
        var summary = ToTar(path, file.Content, cancellation);
        file.Publish();
        return summary;
    }
}

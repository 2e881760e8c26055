namespace KernKit.Volumes.Extract;

/// <summary>Walks the parts of a file that are not holes, widened to whole tar blocks and merged.</summary>
/// <remarks>
/// GNU tar reads every part but the last in whole blocks, so parts must start and end on them. What is added reads as
/// zeros.
/// </remarks>
internal ref struct SparseMap(FileContent content)
{
    private long _offset;

    /// <summary>The first byte of the current part.</summary>
    public long Start { get; private set; }

    /// <summary>The byte behind the current part.</summary>
    public long End { get; private set; }

    /// <summary>Goes to the next part.</summary>
    /// <exception cref="VolumeException">A block pointer is damaged.</exception>
    public bool MoveNext()
    {
        var found = false;
        while (_offset < content.Length)
        {
            if (!content.TryGetExtent(_offset, out var extent) || extent.FileOffset + extent.Length <= _offset)
            {
                throw new VolumeException(VolumeError.Damaged, $"the content does not go on at byte {_offset}");
            }

            var end = Math.Min(extent.FileOffset + extent.Length, content.Length);
            if (extent.Kind == ExtentKind.Hole)
            {
                var nextBlock = found ? End : 0;
                if (found && end > nextBlock)
                {
                    _offset = Math.Max(_offset, nextBlock);
                    return true;
                }
            }
            else
            {
                Start = found ? Start : Math.Max(_offset & -PaxWriter.BlockLength, End);
                End = Math.Min(content.Length, (end + PaxWriter.BlockLength - 1) & -PaxWriter.BlockLength);
                found = true;
            }

            _offset = end;
        }

        return found;
    }
}

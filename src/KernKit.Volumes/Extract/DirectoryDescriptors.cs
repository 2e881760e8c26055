namespace KernKit.Volumes.Extract;

// A crafted tree may be thousands of levels deep, and a process has perhaps a thousand descriptors. So directories are
// opened when needed, from the nearest open ancestor down, one component at a time and never through a symbolic link,
// and the longest unused are closed again. The root stays open. Everything is under one lock: an open takes a
// microsecond, and a directory is opened once for all its entries.

/// <summary>Keeps a bounded number of directories of the target open.</summary>
internal sealed class DirectoryDescriptors(ExtractedDirectory root, int rootDescriptor)
{
    private const int OpenMax = 256;
    private readonly Lock _lock = new();
    private readonly Queue<ExtractedDirectory> _opened = new();
    private readonly List<ExtractedDirectory> _closedAbove = [];

    /// <summary>The descriptor of a directory, open until <see cref="Release"/>.</summary>
    public int Acquire(ExtractedDirectory directory)
    {
        lock (_lock)
        {
            if (directory == root)
            {
                return rootDescriptor;
            }

            if (directory.Descriptor < 0)
            {
                Open(directory);
            }

            directory.Pins++;
            return directory.Descriptor;
        }
    }

    /// <summary>Ends the use of a descriptor.</summary>
    public void Release(ExtractedDirectory directory)
    {
        lock (_lock)
        {
            directory.Pins--;
        }
    }

    /// <summary>Closes a directory that is finished.</summary>
    public void Close(ExtractedDirectory directory)
    {
        lock (_lock)
        {
            if (directory.Descriptor >= 0)
            {
                Posix.Close(directory.Descriptor);
                directory.Descriptor = -1;
            }
        }
    }

    /// <summary>Closes everything but the root.</summary>
    public void CloseAll()
    {
        lock (_lock)
        {
            while (_opened.TryDequeue(out var directory))
            {
                Close(directory);
            }
        }
    }

    private void Open(ExtractedDirectory directory)
    {
        _closedAbove.Clear();
        var above = directory;
        for (; above != root && above.Descriptor < 0; above = above.Parent!)
        {
            _closedAbove.Add(above);
        }

        var descriptor = above == root ? rootDescriptor : above.Descriptor;
        for (var i = _closedAbove.Count - 1; i >= 0; i--)
        {
            var next = _closedAbove[i];
            // What is opened on the way is pinned, or making room for the next one could close it.
            next.Descriptor = Posix.OpenDirectory(descriptor, next.Name);
            descriptor = next.Descriptor;
            _opened.Enqueue(next);
            next.Pins++;
            MakeRoom();
            if (i < _closedAbove.Count - 1)
            {
                _closedAbove[i + 1].Pins--;
            }
        }

        directory.Pins--;
    }

    private void MakeRoom()
    {
        for (var tries = _opened.Count; _opened.Count > OpenMax && tries > 0; tries--)
        {
            var oldest = _opened.Dequeue();
            if (oldest.Descriptor < 0)
            {
                continue;
            }

            if (oldest.Pins > 0)
            {
                _opened.Enqueue(oldest);
                continue;
            }

            Close(oldest);
        }
    }
}

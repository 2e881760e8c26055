namespace KernKit.Volumes.Extract;

/// <summary>Counts of one extraction, shared by its threads.</summary>
internal sealed class ExtractionTotals
{
    private long _entries;
    private long _bytes;
    private long _owners;
    private long _privileges;
    private long _modes;
    private long _devices;
    private long _sockets;
    private long _whiteouts;
    private long _attributes;
    private long _flags;

    public long Entries => Interlocked.Read(ref _entries);

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Restored() => Interlocked.Increment(ref _entries);

    public void Wrote(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void OwnerSkipped() => Interlocked.Increment(ref _owners);

    public void PrivilegesSkipped() => Interlocked.Increment(ref _privileges);

    public void ModeSkipped() => Interlocked.Increment(ref _modes);

    public void DeviceSkipped() => Interlocked.Increment(ref _devices);

    public void SocketSkipped() => Interlocked.Increment(ref _sockets);

    public void WhiteoutSkipped() => Interlocked.Increment(ref _whiteouts);

    public void AttributeSkipped() => Interlocked.Increment(ref _attributes);

    public void FlagsSkipped() => Interlocked.Increment(ref _flags);

    public ExtractSummary ToSummary()
    {
        var notes = new List<string>();
        Add(notes, _owners, "owners of {0} entries were not restored: that needs root");
        Add(notes, _privileges,
            "set-uid and set-gid bits of {0} entries were left off, since their owners were not restored");
        Add(notes, _modes, "modes of {0} entries were not restored: the target does not keep them");
        Add(notes, _devices, "{0} devices were left out: making them needs root");
        Add(notes, _sockets, "{0} sockets were left out: a tar archive cannot hold them");
        Add(notes, _whiteouts, "{0} whiteouts were left out: only a union mount has them");
        Add(notes, _attributes, "{0} extended attributes were not restored: the target does not take them");
        Add(notes, _flags, "BSD file flags of {0} entries were not restored: Linux does not have them");
        return new ExtractSummary(Entries, Bytes, notes);
    }

    private static void Add(List<string> notes, long count, string text)
    {
        if (count > 0)
        {
            notes.Add(string.Format(System.Globalization.CultureInfo.InvariantCulture, text, count));
        }
    }
}

namespace KernKit.Command.Output;

/// <summary>
/// Says on a terminal how far a long run has come: from its second second on, five times a second, on standard error.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private readonly Session _session;
    private readonly string _verb;
    private readonly Timer? _timer;
    private readonly Lock _lock = new();
    private readonly long _startedAt = Environment.TickCount64;
    private Func<(long Entries, long Bytes)>? _source;
    private long _entries;
    private long _bytes;
    private bool _shown;
    private bool _closed;

    /// <summary>Starts the clock; does nothing at all without a terminal.</summary>
    public ProgressLine(Session session, string verb)
    {
        _session = session;
        _verb = verb;
        if (session.Host.ErrorIsTerminal)
        {
            session.Diagnostics.BeforeLine = Wipe;
            _timer = new Timer(_ => Show(), null, 1000, 200);
        }
    }

    /// <summary>Counts what one thread has done.</summary>
    public void Count(long entries, long bytes)
    {
        _entries += entries;
        _bytes += bytes;
    }

    /// <summary>Takes the counts from elsewhere.</summary>
    public void Follow(Func<(long Entries, long Bytes)> source) => _source = source;

    /// <summary>Wipes the line and stops.</summary>
    public void Dispose()
    {
        if (_timer is null)
        {
            return;
        }

        lock (_lock)
        {
            _closed = true;
        }

        _timer.Dispose();
        Wipe();
        _session.Diagnostics.BeforeLine = null;
    }

    private static string Size(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):F1} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):F0} MiB",
        _ => $"{bytes >> 10} KiB",
    };

    private void Show()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            var (entries, bytes) = _source?.Invoke() ?? (Volatile.Read(ref _entries), Volatile.Read(ref _bytes));
            var counts = entries == 0 ? "" : $"{entries} entries, {Size(bytes)}, ";
            _shown = true;
            Write($"\r\e[K{_verb}: {counts}{(Environment.TickCount64 - _startedAt) / 1000} s");
        }
    }

    private void Wipe()
    {
        lock (_lock)
        {
            if (_shown)
            {
                _shown = false;
                Write("\r\e[K");
            }
        }
    }

    private void Write(string text)
    {
        try
        {
            var output = new ByteOutput(_session.Host.Error);
            output.WriteText(text);
            output.Flush();
        }
        catch (Exception failure) when (failure is IOException or Volumes.VolumeException)
        {
            _closed = true;
        }
    }
}

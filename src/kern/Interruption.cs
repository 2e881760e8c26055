using System.Runtime.InteropServices;

namespace KernKit.Command;

/// <summary>
/// Turns the first SIGINT, SIGTERM or SIGHUP into a cancellation, so that what was begun is removed; a second one
/// kills.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _status = ExitStatus.Interrupted;

    /// <summary>Begins to listen.</summary>
    public Interruption(CommandHost host)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(host.Cancellation);
        if (host.CatchesSignals)
        {
            Listen(PosixSignal.SIGINT, 2);
            Listen(PosixSignal.SIGTERM, 15);
            Listen(PosixSignal.SIGHUP, 1);
        }
    }

    /// <summary>Cancelled by a signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit status that tells of the signal, as a shell does: 128 and its number.</summary>
    public int Status => Volatile.Read(ref _status);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Listen(PosixSignal signal, int number) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = !_source.IsCancellationRequested;
        Volatile.Write(ref _status, 128 + number);
        _source.Cancel();
    }));
}

using System.Runtime.InteropServices;

namespace KernKit.Build;

/// <summary>
/// The children of one build: one process group, whose leader is a sentinel that outlives the build by a moment.
/// </summary>
/// <remarks>
/// <code>
///   this process --- pipe (nobody else has its writing end) ---> sh -c 'read x; kill -KILL 0'   the group's leader
///        \__ posix_spawn(group = the leader's) ___> generators, and what they start themselves
/// </code>
/// If this process ends in any way, SIGKILL included, the kernel closes the pipe, the sentinel reads the end and kills
/// the group, itself last of all. Children are in the group from their first instruction, so no moment is left in which
/// one could escape; only a program that makes itself a session of its own does. A build that ends well does the same
/// on purpose: what a generator left running in the background goes with it. Not done: PR_SET_PDEATHSIG, which cannot
/// be set through posix_spawn, and is about a thread's death rather than the process's.
/// </remarks>
internal sealed class ProcessGroup : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _running = [];
    private int _leader;
    private int _pipe = -1;
    private bool _isClosed;

    /// <summary>How many programs were started, the sentinel not among them.</summary>
    public int Started { get; private set; }

    /// <summary>Starts a program in the group.</summary>
    /// <param name="start">What and how.</param>
    /// <returns>Its process number; pass it to <see cref="Wait"/>.</returns>
    /// <exception cref="IOException">It cannot be started.</exception>
    public int Start(ProcessStart start)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_leader == 0)
            {
                StartSentinel();
            }

            var processId = Spawn(start, _leader);
            _running.Add(processId);
            Started++;
            return processId;
        }
    }

    /// <summary>Waits for a program that <see cref="Start"/> started.</summary>
    /// <param name="processId">Its number.</param>
    /// <param name="timeout">After which it is killed.</param>
    /// <returns>The exit status, 128 + N for a death by signal N, and whether time ran out.</returns>
    public (int Status, bool TimedOut) Wait(int processId, TimeSpan timeout)
    {
        var timedOut = false;
        using var timer = new Timer(
            _ =>
            {
                lock (_gate)
                {
                    // A number that was reaped may belong to somebody else by now.
                    if (_running.Contains(processId))
                    {
                        timedOut = true;
                        _ = Posix.Kill(processId, Posix.SignalKill);
                    }
                }
            },
            null, timeout, Timeout.InfiniteTimeSpan);
        var (status, _) = Reap(processId);
        lock (_gate)
        {
            _running.Remove(processId);
            return (status, timedOut);
        }
    }

    /// <summary>Kills every program of the group, now.</summary>
    public void Kill() => Dispose();

    /// <summary>Ends the group and everything that is still in it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_leader == 0)
            {
                return;
            }

            _ = Posix.Kill(-_leader, Posix.SignalKill);
            _ = Posix.Close(_pipe);
            Reap(_leader);
            _leader = 0;
        }
    }

    private static (int Status, bool Known) Reap(int processId)
    {
        int found;
        int status;
        do
        {
            found = Posix.Wait(processId, out status, 0);
        }
        while (found < 0 && Marshal.GetLastPInvokeError() == Posix.ErrorInterrupted);
        // Somebody else took the status (a host that ignores SIGCHLD): not knowing must not pass for success.
        return found != processId ? (127, false)
            : (status & 0x7f) == 0 ? ((status >> 8) & 0xff, true)
            : (128 + (status & 0x7f), true);
    }

    private static int Spawn(ProcessStart start, int group)
    {
        var actions = new byte[Posix.OpaqueBytes];
        var attributes = new byte[Posix.OpaqueBytes];
        var signals = new byte[Posix.OpaqueBytes];
        _ = Posix.ActionsInit(actions);
        _ = Posix.AttributesInit(attributes);
        try
        {
            // .NET ignores SIGPIPE, and an ignored signal stays ignored in a child.
            _ = Posix.FillSignals(signals);
            _ = Posix.AttributesSetDefaults(attributes, signals);
            _ = Posix.EmptySignals(signals);
            _ = Posix.AttributesSetMask(attributes, signals);
            _ = Posix.AttributesSetGroup(attributes, group);
            _ = Posix.AttributesSetFlags(attributes, Posix.SpawnSetProcessGroup | Posix.SpawnSetSignalDefaults |
                Posix.SpawnSetSignalMask);
            _ = start.InputDescriptor >= 0
                ? Posix.ActionsAddDuplicate(actions, start.InputDescriptor, 0)
                : Posix.ActionsAddOpen(actions, 0, "/dev/null", Posix.OpenReadOnly, 0);
            const int Writing = Posix.OpenWriteOnly | Posix.OpenCreateAppend;
            _ = Posix.ActionsAddOpen(actions, 2, start.ErrorPath, Writing, 0x1b6);
            _ = start.OutputPath == start.ErrorPath
                ? Posix.ActionsAddDuplicate(actions, 2, 1)
                : Posix.ActionsAddOpen(actions, 1, start.OutputPath, Writing, 0x1b6);
            _ = Posix.ActionsAddDirectory(actions, start.WorkingDirectory);
            var error = Posix.Spawn(out var processId, start.Program, actions, attributes,
                [start.Name, .. start.Arguments, null], [.. start.Environment, null]);
            return error == 0
                ? processId
                : throw new IOException($"{start.Program} does not start: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        finally
        {
            _ = Posix.ActionsDestroy(actions);
            _ = Posix.AttributesDestroy(attributes);
        }
    }

    private void StartSentinel()
    {
        var ends = new int[2];
        if (Posix.Pipe(ends, Posix.CloseOnExec) != 0)
        {
            throw new IOException("no pipe for the children's sentinel: too many open files?");
        }

        try
        {
            _leader = Spawn(
                new ProcessStart
                {
                    Program = "/bin/sh",
                    Name = "kernkit-sentinel",
                    Arguments = ["-c", "read x; kill -KILL 0"],
                    Environment = [],
                    WorkingDirectory = "/",
                    OutputPath = "/dev/null",
                    ErrorPath = "/dev/null",
                    InputDescriptor = ends[0],
                },
                group: 0);
            _pipe = ends[1];
        }
        catch (IOException)
        {
            _ = Posix.Close(ends[1]);
            throw;
        }
        finally
        {
            _ = Posix.Close(ends[0]);
        }
    }
}

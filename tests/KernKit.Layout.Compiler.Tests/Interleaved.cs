using System.Runtime.CompilerServices;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Runs small programs of several threads under a seed: one at a time, on a memory that reorders.</summary>
/// <remarks>
/// <para>The schedule: before each load, store, fence and lock a thread hands over to one that the seed picks, so a
/// seed is an interleaving, and the same one whenever it is run.</para>
/// <para>The memory is the release and acquire part of C11 (ARM64 allows as much, x86 less): every place keeps the
/// history of its values, every thread has a view, the oldest value of each place that it may still see. A load may
/// give any value from the view on. A release store sends the writer's view along, an acquire load takes it over. A
/// plain store sends what its thread's last store fence froze; what a plain load was sent counts from the next load
/// fence on. An atomic exchange sees the newest value and is both fences.</para>
/// <para>What is generated runs here unchanged but for a name: the seqlock takes its memory as a type argument, in the
/// text of all else <c>System.Threading.Volatile</c> and <c>Interlocked</c> are replaced by this class, and
/// <c>System.Threading.Lock</c> by <see cref="InterleavedLock"/>.</para>
/// </remarks>
public static class Interleaved
{
    private const int Bytes = 64;

    [ThreadStatic]
    private static Participant? _self;

    private static readonly Lock Running = new();

    private static Random _random = new(0);
    private static Participant[] _participants = [];
    private static List<Message>[] _history = [];

    /// <summary>What the threads share; a place is an offset in it.</summary>
    public static byte[] Shared { get; private set; } = [];

    /// <summary>A mutation of the machine: something that a protocol must not do without.</summary>
    public static string Broken { get; private set; } = "";

    /// <summary>Runs threads to their ends under one seed; shared bytes start as zeros.</summary>
    public static void Run(int seed, string broken, params Action[] threads)
    {
        lock (Running)
        {
            _random = new Random(seed);
            Broken = broken;
            Shared = GC.AllocateArray<byte>(Bytes, pinned: true);
            _history = [.. Enumerable.Range(0, Bytes).Select(static _ => new List<Message> { new(0, new int[Bytes]) })];
            _participants = [.. threads.Select(static body => new Participant(body))];
            Array.ForEach(_participants, static one => one.Thread.Start());
            Pick()!.Turn.Release();
            Array.ForEach(_participants, static one => one.Thread.Join());
            Exception? failure = Array.Find(_participants, static one => one.Failure is not null)?.Failure;
            if (failure is not null)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }
    }

    /// <summary>An acquire load.</summary>
    public static T Read<T>(ref T place)
        where T : unmanaged => Load(ref place, isAcquire: Broken != "acquire");

    /// <summary>A release store.</summary>
    public static void Write<T>(ref T place, T value)
        where T : unmanaged => Store(ref place, value, isRelease: Broken != "release");

    /// <summary>A load that orders nothing.</summary>
    public static T Load<T>(ref T place)
        where T : unmanaged => Load(ref place, isAcquire: false);

    /// <summary>A store that orders nothing.</summary>
    public static void Store<T>(ref T place, T value)
        where T : unmanaged => Store(ref place, value, isRelease: false);

    /// <summary>Puts a value there and gives the one that was there.</summary>
    public static T Exchange<T>(ref T place, T value)
        where T : unmanaged => Swap(ref place, value, null);

    /// <summary>Puts a value there if the expected one is; gives the one that was there.</summary>
    public static T CompareExchange<T>(ref T place, T value, T expected)
        where T : unmanaged => Swap(ref place, value, expected);

    /// <summary>All earlier loads come before everything later.</summary>
    public static void LoadFence()
    {
        Step();
        if (Broken != "load fence")
        {
            Join(Self.View, Self.Received);
        }
    }

    /// <summary>Everything earlier comes before all later stores.</summary>
    public static void StoreFence()
    {
        Step();
        if (Broken != "store fence")
        {
            Self.View.CopyTo(Self.Frozen, 0);
        }
    }

    /// <summary>Hands over to a thread that the seed picks; nothing for a thread that is in no run.</summary>
    public static void Step()
    {
        if (_self is not Participant self)
        {
            return;
        }

        Participant next = Pick() ?? throw new InvalidOperationException("every thread waits for another");
        if (next != self)
        {
            next.Turn.Release();
            self.Turn.Wait();
        }
    }

    internal static void WaitWhile(Func<bool> isHeld)
    {
        Step();
        while (isHeld())
        {
            Self.IsHeld = isHeld;
            Step();
            Self.IsHeld = null;
        }
    }

    private static Participant Self => _self ?? throw new InvalidOperationException("no thread of a run");

    private static Participant? Pick()
    {
        Participant[] able = [.. _participants.Where(static one => !one.IsOver && one.IsHeld?.Invoke() != true)];
        return able.Length == 0 ? null : able[_random.Next(able.Length)];
    }

    private static T Load<T>(ref T place, bool isAcquire)
        where T : unmanaged
    {
        Step();
        int at = Place(ref place);
        int seen = _random.Next(Self.View[at], _history[at].Count);
        Message message = _history[at][seen];
        Self.View[at] = seen;
        Join(isAcquire ? Self.View : Self.Received, message.View);
        return Unsafe.BitCast<ulong, Bits<T>>(message.Value).Value;
    }

    private static void Store<T>(ref T place, T value, bool isRelease)
        where T : unmanaged
    {
        Step();
        int at = Place(ref place);
        Self.View[at] = _history[at].Count;
        int[] sent = [.. isRelease ? Self.View : Self.Frozen];
        sent[at] = _history[at].Count;
        _history[at].Add(new Message(Widen(value), sent));
        place = value;
    }

    private static T Swap<T>(ref T place, T value, T? expected)
        where T : unmanaged
    {
        LoadFence();
        int at = Place(ref place);
        Message newest = _history[at][^1];
        T found = Unsafe.BitCast<ulong, Bits<T>>(newest.Value).Value;
        Self.View[at] = _history[at].Count - 1;
        Join(Self.View, newest.View);
        if (Broken == "exchange")
        {
            Step();
        }

        if (expected is null || Widen(expected.Value) == newest.Value)
        {
            Self.View[at] = _history[at].Count;
            _history[at].Add(new Message(Widen(value), [.. Self.View]));
            place = value;
        }

        StoreFence();
        return found;
    }

    private static ulong Widen<T>(T value)
        where T : unmanaged => Unsafe.BitCast<Bits<T>, ulong>(new Bits<T> { Value = value });

    private static int Place<T>(ref T place)
    {
        nint at = Unsafe.ByteOffset(ref Shared[0], ref Unsafe.As<T, byte>(ref place));
        return at is >= 0 and < Bytes ? (int)at : throw new InvalidOperationException("not a shared place");
    }

    private static void Join(int[] view, int[] other)
    {
        for (int i = 0; i < view.Length; i++)
        {
            view[i] = Math.Max(view[i], other[i]);
        }
    }

    private sealed record Message(ulong Value, int[] View);

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, Size = 8)]
    private struct Bits<T>
        where T : unmanaged
    {
        public T Value;
    }

    private sealed class Participant
    {
        public Participant(Action body)
        {
            Thread = new Thread(() =>
            {
                _self = this;
                Turn.Wait();
                try
                {
                    body();
                }
                catch (Exception exception)
                {
                    Failure = exception;
                }

                IsOver = true;

                // If the others wait for each other, each of them has to find that out.
                Participant[] rest = Pick() is Participant next ? [next] : Array.FindAll(_participants, static one =>
                    !one.IsOver);
                Array.ForEach(rest, static one => one.Turn.Release());
            });
        }

        public Thread Thread { get; }

        public SemaphoreSlim Turn { get; } = new(0);

        public bool IsOver { get; private set; }

        public Exception? Failure { get; private set; }

        /// <summary>What this thread waits for, or null.</summary>
        public Func<bool>? IsHeld { get; set; }

        /// <summary>The oldest value of each place that this thread may still see.</summary>
        public int[] View { get; } = new int[Bytes];

        /// <summary>What plain loads were sent; a load fence makes it part of the view.</summary>
        public int[] Received { get; } = new int[Bytes];

        /// <summary>What plain stores send along.</summary>
        public int[] Frozen { get; } = new int[Bytes];
    }
}

using System.Collections.Concurrent;

namespace KernKit.Build;

/// <summary>The workers of one build: as many at once as MSBuild, make or the machine has cores for.</summary>
internal sealed class Crew : IDisposable
{
    // A pipe and a queue cannot be waited for together; this is how long a job that make offers may lie there.
    private const int AskAgainMilliseconds = 20;

    // How often a class that runs is asked whether it is over its time, and how long it has to notice that itself.
    private const int LookAgainMilliseconds = 100;
    private const int NoticeMilliseconds = 1000;

    // make -j without a number is without bound; threads are not.
    private const int JobsOfMakeMax = 256;

    private readonly BuildOptions _options;
    private readonly BuildDeclaration _declaration;
    private readonly KnownFiles _files;
    private readonly Func<StepWork, PrivateDirectory, StepResult> _run;
    private readonly BlockingCollection<Ended> _ended = [];
    private readonly Dictionary<Step, Begun> _classes = [];
    private readonly List<CancellationTokenSource> _limits = [];
    private int _granted;
    private int _jobs = 1;
    private int _running;
    private int _numbers;

    /// <summary>Makes a crew; cores are asked for when the first step starts.</summary>
    /// <param name="options">How.</param>
    /// <param name="group">For processes.</param>
    /// <param name="classes">For classes.</param>
    /// <param name="declaration">Directories.</param>
    /// <param name="files">Hashes.</param>
    public Crew(
        BuildOptions options,
        ProcessGroup group,
        GeneratorClasses classes,
        BuildDeclaration declaration,
        KnownFiles files)
    {
        _options = options;
        _declaration = declaration;
        _files = files;
        var runner = new StepRunner(declaration, files, group, classes, options.Environment, options.Cancellation);
        _run = options.IsExamination
            ? new Examiner(declaration, options, runner).Run
            : (work, place) => runner.Run(work, place);
    }

    /// <summary>Makes room for one more step; where make gives jobs, by taking one.</summary>
    /// <returns>False if none may start now.</returns>
    public bool TryMakeRoom()
    {
        if (_running < _jobs && _running < Math.Max(1, _granted))
        {
            return true;
        }

        if (_running >= _granted || _options.Jobs is not { } server || !server.TryTake())
        {
            return false;
        }

        _jobs++;
        return true;
    }

    /// <summary>True if a step runs.</summary>
    public bool IsBusy => _running > 0;

    /// <summary>Starts a step.</summary>
    /// <param name="work">What.</param>
    /// <param name="cause">Why.</param>
    public void Start(StepWork work, string cause)
    {
        if (_granted == 0)
        {
            var wanted = _options.JobsMax > 0 ? _options.JobsMax
                : _options.Jobs is null ? Environment.ProcessorCount
                : JobsOfMakeMax;
            _granted = Math.Max(1, _options.RequestCores?.Invoke(wanted) ?? wanted);
            _jobs = _options.Jobs is null ? _granted : 1;
        }

        var place = NewPlace();
        var begun = new Begun(work with { Limit = LimitOf(work) }, cause, place);
        var thread = new Thread(() => End(begun, Run(begun.Work, place)))
        {
            IsBackground = true,
            Name = "KernKit.Build step",
        };
        thread.Start();
        // Last: whatever is counted is waited for.
        _running++;
        if (!work.Step.Generator.IsProcess)
        {
            _classes[work.Step] = begun;
        }
    }

    /// <summary>Waits for a step to end.</summary>
    /// <param name="hasMore">Whether further steps could run: then make may also hand out a job meanwhile.</param>
    /// <returns>
    /// Which, and what came of it; the caller disposes of the directory. Null if a further step may start instead.
    /// </returns>
    public Ended? Next(Func<bool> hasMore)
    {
        // What nobody here needs now is another's.
        for (; _options.Jobs is { } server && _jobs > Math.Max(1, _running); _jobs--)
        {
            server.GiveBack();
        }

        var isAsking = _options.Jobs is not null && _running < _granted && hasMore();
        while (true)
        {
            var wait = isAsking ? AskAgainMilliseconds : _classes.Count > 0 ? LookAgainMilliseconds : Timeout.Infinite;
            if (_ended.TryTake(out var ended, wait) || GiveUp() is { } late && (ended = late) is not null)
            {
                _classes.Remove(ended.Work.Step);
                _running--;
                return ended;
            }

            if (isAsking && TryMakeRoom())
            {
                return null;
            }
        }
    }

    /// <summary>Takes a step's outputs from the cache.</summary>
    /// <param name="work">What.</param>
    /// <returns>Null if they are not there; else the caller disposes of the directory.</returns>
    public (PrivateDirectory Place, StepResult Result)? FromCache(StepWork work)
    {
        if (_options.Cache?.Find(BuildCache.KeyOf(work.Identity), _files.HashOf) is not { } entry)
        {
            return null;
        }

        var place = NewPlace();
        var made = new List<MadeFile>();
        foreach (var file in entry.Files)
        {
            var target = Path.Join(place.Output, file.Name);
            if (!_options.Cache.TryCopy(file, target))
            {
                place.Dispose();
                return null;
            }

            made.Add(new MadeFile(file.Name, target));
        }

        return (place, new StepResult
        {
            Files = made,
            Discovered = entry.Discovered.ToDictionary(static read => read.Key, static string? (read) => read.Value),
            Messages = entry.Messages,
            FromCache = true,
        });
    }

    /// <summary>Waits for those that still run, and gives the cores back.</summary>
    public void Dispose()
    {
        while (_running > 0)
        {
            Next(hasMore: static () => false)!.Place.Dispose();
        }

        if (_granted > 0)
        {
            _options.ReleaseCores?.Invoke(_granted);
        }

        _limits.ForEach(static limit => limit.Dispose());
        _ended.Dispose();
    }

    private CancellationToken LimitOf(StepWork work)
    {
        if (work.Step.Generator.IsProcess)
        {
            return _options.Cancellation;
        }

        var limit = CancellationTokenSource.CreateLinkedTokenSource(_options.Cancellation);
        limit.CancelAfter(_options.DesignTime
            ? BuildExecution.DesignTimeLimit
            : TimeSpan.FromSeconds(work.Step.Generator.TimeoutSeconds));
        _limits.Add(limit);
        return limit.Token;
    }

    private void End(Begun begun, StepResult result)
    {
        lock (begun)
        {
            if (!begun.IsGivenUp)
            {
                _ended.Add(new Ended(begun.Work, begun.Cause, begun.Place, result));
            }
        }
    }

    /// <summary>
    /// A class that is over its time and does not look: no thread can be killed, so it runs on by itself, and what it
    /// makes is nobody's.
    /// </summary>
    private Ended? GiveUp()
    {
        foreach (var begun in _classes.Values.Where(static begun => begun.Work.Limit.IsCancellationRequested))
        {
            begun.OverSince ??= Environment.TickCount64;
            lock (begun)
            {
                if (Environment.TickCount64 - begun.OverSince >= NoticeMilliseconds && _ended.Count == 0)
                {
                    begun.IsGivenUp = true;
                    return new Ended(begun.Work, begun.Cause, begun.Place, StepRunner.TookTooLong(begun.Work));
                }
            }
        }

        return null;
    }

    /// <summary>An exception that leaves a thread ends the process: a step that nobody foresaw only fails.</summary>
    private StepResult Run(StepWork work, PrivateDirectory place)
    {
        try
        {
            return _run(work, place);
        }
        catch (Exception error)
        {
            return StepRunner.Failed(work, "KK9012", $"{error.GetType().Name}: {error.Message}");
        }
    }

    /// <summary>A step that has ended.</summary>
    /// <param name="Work">What.</param>
    /// <param name="Cause">Why.</param>
    /// <param name="Place">Its directory; the caller disposes of it.</param>
    /// <param name="Result">What came of it.</param>
    public sealed record Ended(StepWork Work, string Cause, PrivateDirectory Place, StepResult Result);

    private sealed class Begun(StepWork work, string cause, PrivateDirectory place)
    {
        public StepWork Work => work;

        public string Cause => cause;

        public PrivateDirectory Place => place;

        public long? OverSince { get; set; }

        public bool IsGivenUp { get; set; }
    }

    private PrivateDirectory NewPlace() => new(_declaration.TemporaryDirectory, $"{_numbers++}");
}

using System.Reflection;
using System.Runtime.Loader;
using Engine = System.Func<
    System.Collections.Generic.IReadOnlyDictionary<string, object>,
    System.Collections.Generic.IReadOnlyDictionary<string, object>>;

namespace KernKit.Build;

/// <summary>
/// Loads the engine and the schema compiler from their bytes, so that what runs is what is on disk, even in a node
/// that has had an older build of them in memory for an hour, and so that no file is ever held open.
/// </summary>
/// <remarks>
/// The directory's KernKit.*.dll files are read between two equal stamps; the same bytes are loaded and hashed, so the
/// identity written to the database is the identity of the code that ran. A context is replaced when the files' content
/// differs. It is not collectible: in one that is, the runtime compiles every method fully before its first call (one
/// edited schema in a new node: 640 ms in the task, 180 without; all of 20: 1480 and 410). The price is that an engine
/// that was replaced stays in its node, a few megabytes for each rebuild of this project while the node lives. Only
/// .NET's own types cross the border: this assembly exists twice in the process.
/// </remarks>
internal static class EngineLoader
{
    private const string ToolPattern = "KernKit.*.dll";
    private const int ToolBytesMax = 64 << 20;
    private const int AttemptsMax = 20;

    // Guards Engines. Held while loading, so that parallel projects load once.
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, LoadedEngine> Engines = new(StringComparer.Ordinal);

    /// <summary>The newest engine of a directory.</summary>
    /// <param name="directory">Absolute path.</param>
    /// <returns>A call that takes and returns .NET's own types only.</returns>
    /// <exception cref="IOException">No usable engine is there.</exception>
    public static Engine Load(string directory)
    {
        lock (Gate)
        {
            if (Engines.TryGetValue(directory, out var known) && known.IsCurrent(directory))
            {
                return known.Call;
            }

            var loaded = LoadStable(directory, known);
            Engines[directory] = loaded;
            return loaded.Call;
        }
    }

    private static LoadedEngine LoadStable(string directory, LoadedEngine? known)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (ToolFile.ReadAll(directory, ToolPattern, ToolBytesMax) is { } tools)
                {
                    return known is not null && known.IsOf(tools)
                        ? known.With(tools)
                        : LoadedEngine.From(directory, tools);
                }
            }
            catch (Exception error) when (error is BadImageFormatException or FileNotFoundException)
            {
                // Another build may be copying the files just now.
                if (attempt == AttemptsMax)
                {
                    throw new IOException(
                        $"{directory}: the build tools do not load ({error.Message}); rebuild KernKit.Build", error);
                }
            }

            if (attempt == AttemptsMax)
            {
                throw new IOException($"{directory}: the build tools change while they are read; build again");
            }

            Thread.Sleep(50);
        }
    }

    private sealed record ToolFile(string Path, FileStamp Stamp, long ReadAtNanoseconds, byte[] Bytes)
    {
        public static ToolFile[]? ReadAll(string directory, string pattern, int bytesMax)
        {
            var paths = Paths(directory, pattern);
            var tools = new ToolFile[paths.Length];
            for (var index = 0; index < paths.Length; index++)
            {
                var readAt = FileStamp.NowNanoseconds;
                var stamp = FileStamp.Of(paths[index]);
                if (stamp.SizeBytes > bytesMax)
                {
                    throw new IOException($"{paths[index]}: {stamp.SizeBytes} bytes are no build tool");
                }

                tools[index] = new ToolFile(paths[index], stamp, readAt, File.ReadAllBytes(paths[index]));
                if (FileStamp.Of(paths[index]) != stamp)
                {
                    return null;
                }
            }

            return tools;
        }

        public static string[] Paths(string directory, string pattern)
        {
            var paths = Directory.Exists(directory) ? Directory.GetFiles(directory, pattern) : [];
            if (paths.Length == 0)
            {
                throw new IOException($"{directory}: holds no KernKit.Build.dll; build or restore KernKit.Build first");
            }

            Array.Sort(paths, StringComparer.Ordinal);
            return paths;
        }
    }

    private sealed record LoadedEngine(Engine Run, ToolFile[] Tools)
    {
        public Engine Call { get; } = request => Run(WithTools(request, Tools));

        /// <summary>True if other files hold the same code: copied again, they need not be loaded again.</summary>
        public bool IsOf(ToolFile[] tools) => tools.Length == Tools.Length && tools.Zip(Tools).All(static pair =>
            pair.First.Path == pair.Second.Path && pair.First.Bytes.AsSpan().SequenceEqual(pair.Second.Bytes));

        public LoadedEngine With(ToolFile[] tools) => new(Run, tools);

        public bool IsCurrent(string directory) =>
            ToolFile.Paths(directory, ToolPattern).SequenceEqual(Tools.Select(static tool => tool.Path)) &&
            Array.TrueForAll(Tools, static tool => FileStamp.Of(tool.Path) == tool.Stamp);

        public static LoadedEngine From(string directory, ToolFile[] tools)
        {
            var context = new ToolContext(tools);
            var entry = context.LoadFromAssemblyName(new AssemblyName("KernKit.Build"))
                .GetType("KernKit.Build.BuildEngine")
                ?.GetMethod("Run", BindingFlags.NonPublic | BindingFlags.Static)
                ?? throw new IOException(
                    $"{directory}: KernKit.Build.dll is of another version; run dotnet build-server shutdown");
            return new LoadedEngine(entry.CreateDelegate<Engine>(), tools);
        }

        private static Dictionary<string, object> WithTools(
            IReadOnlyDictionary<string, object> request, ToolFile[] tools) => new(request, StringComparer.Ordinal)
            {
                ["toolPaths"] = tools.Select(static tool => tool.Path).ToArray(),
                ["toolStamps"] = tools.Select(static tool => tool.Stamp.ToNumbers()).ToArray(),
                ["toolReadAt"] = tools.Select(static tool => tool.ReadAtNanoseconds).ToArray(),
                ["toolBytes"] = tools.Select(static tool => tool.Bytes).ToArray(),
            };
    }

    private sealed class ToolContext(ToolFile[] tools) : AssemblyLoadContext("KernKit.Build tools")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var fileName = assemblyName.Name + ".dll";
            var tool = Array.Find(tools, tool => Path.GetFileName(tool.Path) == fileName);
            return tool is null ? null : LoadFromStream(new MemoryStream(tool.Bytes, writable: false));
        }
    }
}

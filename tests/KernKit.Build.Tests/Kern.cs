using System.Diagnostics;

namespace KernKit.Build.Tests;

/// <summary>Programs, started in a directory with a cache of their own.</summary>
internal static class Kern
{
    private const int SecondsMax = 120;
    private static readonly Lazy<string> SampleCache = new(MakeSampleCache);

    /// <summary>The command as this solution builds it.</summary>
    public static string Path { get; } =
        System.IO.Path.Join(Repository.Root, "artifacts", "bin", "kern", "debug", "kern");

    /// <summary>Runs a program to its end.</summary>
    public static (int Status, string Output) Run(string directory, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KERNKIT_BUILD_CACHE"] = CacheOf(directory);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(SecondsMax)), $"{program} does not end");
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }

    /// <summary>In a test's own directory; for samples, which are the repository's, one that goes afterwards.</summary>
    private static string CacheOf(string directory) =>
        directory.StartsWith(Repository.Root, StringComparison.Ordinal)
            ? SampleCache.Value
            : System.IO.Path.Join(directory, ".cache");

    private static string MakeSampleCache()
    {
        var cache = Directory.CreateTempSubdirectory("kernkit-cache-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(cache, recursive: true);
        return cache;
    }

    /// <summary>Runs a program, and expects success.</summary>
    public static string Good(string directory, string program, params string[] arguments)
    {
        var (status, output) = Run(directory, program, arguments);
        Assert.True(status == 0, $"{program} {string.Join(' ', arguments)}: {status}\n{output}");
        return output;
    }
}

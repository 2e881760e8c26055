using System.Diagnostics;

namespace KernKit.Volumes.Check.Tests;

/// <summary>Programs that are not ours: makefs makes volumes, Sleuthkit counts what is in them.</summary>
internal static class Programs
{
    /// <summary>Runs a program that must succeed, and gives what it printed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error.Result}");
        return output;
    }
}

using System.Diagnostics;

namespace KernKit.Command.Tests;

/// <summary>Runs programs that are not ours, to compare with.</summary>
internal static class Programs
{
    /// <summary>Runs a program to its end.</summary>
    public static (int Status, string Output, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.Latin1,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>Runs a program that must succeed, and gives what it printed.</summary>
    public static string Output(string program, params string[] arguments)
    {
        var (status, output, error) = Run(program, arguments);
        Assert.True(status == 0, $"{program} {string.Join(' ', arguments)}: exit status {status}: {error}");
        return output;
    }
}

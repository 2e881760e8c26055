using System.Diagnostics;

namespace KernKit.Bpf.Tests;

/// <summary>Runs other programs; `./x setup` installs them.</summary>
internal static class Programs
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Runs a program to its end; a failure fails the test.</summary>
    /// <returns>Its standard output.</returns>
    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError =
            true
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error.Result}{output}");
        return output;
    }

    /// <summary>Compiles C for BPF.</summary>
    public static byte[] Clang(string source, string cpu = "v3", params string[] options)
    {
        var target = Path.GetTempFileName();
        try
        {
            Run("clang-19", ["-target", "bpf", $"-mcpu={cpu}", "-O2", "-g", "-c", .. options, source, "-o", target]);
            return File.ReadAllBytes(target);
        }
        finally
        {
            File.Delete(target);
        }
    }

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(directory, "KernKit.slnx")))
        {
            directory = Path.GetDirectoryName(directory.TrimEnd('/'))!;
        }

        return directory;
    }
}

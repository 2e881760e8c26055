using System.Diagnostics;

namespace KernKit.Volumes.Tests;

/// <summary>Programs of the system that tests compare with; the project's set-up installs them.</summary>
internal static class Tool
{
    private static readonly string[] _places = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/bin"];

    /// <summary>Runs a program and returns what it printed; fails the test unless it exits with 0.</summary>
    public static string Run(string program, params string[] arguments) => RunWithInput(program, "", arguments);

    public static string RunWithInput(string program, string input, params string[] arguments) =>
        System.Text.Encoding.UTF8.GetString(RunForBytes(program, input, arguments));

    public static byte[] RunForBytes(string program, string input, params string[] arguments)
    {
        var path = _places.Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{program} is not installed; the project's setup verb installs it");
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.ToArray()
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)}: {process.ExitCode}: {errors.Result}");
    }
}

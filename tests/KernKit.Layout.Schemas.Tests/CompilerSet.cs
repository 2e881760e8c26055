using System.Diagnostics;
using KernKit.Layout.Compiler.C;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>The C compilers of this machine.</summary>
internal static class CompilerSet
{
    private static readonly Lazy<IReadOnlyList<CCompiler>> Lazily = new(static () => CCompiler.Find().Found);

    /// <summary>gcc in both widths at least; clang and its foreign targets where clang is installed.</summary>
    public static IReadOnlyList<CCompiler> All => Lazily.Value;

    /// <summary>Compiles C with gcc for this machine, runs it, and gives what it prints.</summary>
    public static string RunC(string source)
    {
        string folder = Directory.CreateTempSubdirectory("kernkit-schemas-").FullName;
        try
        {
            string file = Path.Combine(folder, "program.c");
            string program = Path.Combine(folder, "program");
            File.WriteAllText(file, source);
            Run("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-o", program, file);
            return Run(program);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error.Result}");
        return output;
    }
}

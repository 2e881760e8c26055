using System.Diagnostics;

namespace KernKit.Bpf.Verify.Tests;

/// <summary>The programs of tests/bpf-programs.</summary>
internal static class Corpus
{
    public static string Root { get; } = Path.Combine(FindRoot(), "tests", "bpf-programs");

    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern).Order(StringComparer.Ordinal);

    public static byte[] Compile(string source)
    {
        var target = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(
                "clang-19", ["-target", "bpf", "-O2", "-g", "-I", Path.Combine(Root, "include"),
                "-c", source, "-o", target])
            { RedirectStandardError = true };
            using var clang = Process.Start(start)!;
            var errors = clang.StandardError.ReadToEnd();
            clang.WaitForExit();
            Assert.True(clang.ExitCode == 0, errors);
            return File.ReadAllBytes(target);
        }
        finally
        {
            File.Delete(target);
        }
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "KernKit.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}

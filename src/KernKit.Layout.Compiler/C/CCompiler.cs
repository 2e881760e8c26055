using System.ComponentModel;
using System.Diagnostics;

namespace KernKit.Layout.Compiler.C;

/// <summary>A C compiler of this machine, set to one target, that can prove a header.</summary>
/// <remarks>
/// Headers are compiled freestanding and for their meaning only (<c>-fsyntax-only</c>): that needs no library and no
/// linker of the target, so that gcc proves 32-bit layouts without multilib, and clang those of machines far away.
/// </remarks>
public sealed class CCompiler
{
    private static readonly string[] Strict =
        ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-ffreestanding"];

    // Headers of a system use the extensions of its compiler.
    private static readonly string[] Lenient = ["-std=gnu11", "-w", "-ffreestanding"];

    private const string Multiarch = "/usr/include/x86_64-linux-gnu";

    private CCompiler(string program, params string[] target)
    {
        Program = program;
        Target = target;
    }

    /// <summary>The program, as it is found by PATH.</summary>
    public string Program { get; }

    /// <summary>The options that choose the target.</summary>
    public IReadOnlyList<string> Target { get; }

    /// <summary>For messages: <c>gcc -m32</c>.</summary>
    public string Name => string.Join(' ', [Program, .. Target]);

    /// <summary>A compiler for a target of one's own choice.</summary>
    /// <param name="program">gcc or clang, as it is found by PATH.</param>
    /// <param name="target">The options that choose the target.</param>
    /// <returns>Null if it is not there, or does not know the target.</returns>
    public static CCompiler? ForTarget(string program, params string[] target)
    {
        ArgumentException.ThrowIfNullOrEmpty(program);
        ArgumentNullException.ThrowIfNull(target);
        var compiler = new CCompiler(program, target);
        return compiler.Works() ? compiler : null;
    }

    /// <summary>What a proof asks for: gcc for both widths of this machine, clang too, and for foreign
    /// targets.</summary>
    /// <returns>The compilers that work here, and the names of those that do not.</returns>
    public static (IReadOnlyList<CCompiler> Found, IReadOnlyList<string> Missing) Find()
    {
        string clang = Array.Find(["clang", "clang-19", "clang-18", "clang-16", "clang-14"], Exists) ?? "clang";
        CCompiler[] wanted =
        [
            new("gcc", "-m64"),
            new("gcc", "-m32"),
            new(clang, "-m64"),
            new(clang, "-m32"),
            new(clang, "--target=aarch64-linux-gnu"),
            new(clang, "--target=powerpc-linux-gnu"),
            new(clang, "--target=s390x-linux-gnu"),
            new(clang, "--target=x86_64-pc-windows-msvc"),
        ];
        var found = new List<CCompiler>();
        var missing = new List<string>();
        foreach (CCompiler compiler in wanted)
        {
            if (compiler.Works())
            {
                found.Add(compiler);
            }
            else
            {
                missing.Add(compiler.Name);
            }
        }

        return (found, missing);
    }

    /// <summary>Compiles a text strictly; warnings are errors.</summary>
    /// <param name="source">C11. It may include headers of the compiler, and files of <paramref
    /// name="folders"/>.</param>
    /// <param name="folders">Where includes are looked for first.</param>
    /// <returns>Null if the compiler accepts it, else what it says.</returns>
    public string? Refuses(string source, params string[] folders) => Refuses(source, Strict, folders);

    /// <summary>Compiles a text that includes headers of others, as their systems do: without warnings.</summary>
    /// <param name="source">C with the extensions of GNU.</param>
    /// <param name="folders">Where includes are looked for first.</param>
    /// <returns>Null if the compiler accepts it, else what it says.</returns>
    public string? RefusesOriginal(string source, params string[] folders)
    {
        // Headers of glibc ask for a list of functions that a target lacks, which only a library of that target has.
        string stubs = Directory.CreateTempSubdirectory("kernkit-originals-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(stubs, "gnu"));
            File.WriteAllText(Path.Combine(stubs, "gnu", "stubs.h"), "");
            return Refuses(source, Lenient, [stubs, .. folders]);
        }
        finally
        {
            Directory.Delete(stubs, recursive: true);
        }
    }

    private string? Refuses(string source, string[] mode, string[] folders)
    {
        // Debian keeps <asm/...> where only the compiler of this very machine looks.
        string[] includes = [.. folders.SelectMany(static folder => new[] { "-I", folder }), "-idirafter", Multiarch];
        string[] arguments = [.. Target, "-x", "c", .. mode, "-fsyntax-only", .. includes, "-"];
        (int status, _, string error) = Run(arguments, source);
        return status == 0 ? null : error.Length > 0 ? error : $"{Name}: exit status {status}";
    }

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    private bool Works()
    {
        try
        {
            return Refuses("#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\nextern int32_t "
                + "x;\n") is null;
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return false;
        }
    }

    private (int Status, string Output, string Error) Run(string[] arguments, string input)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start) ?? throw new IOException($"{Program} cannot be started");
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The compiler gave up before it had read everything; its messages say why.
        }

        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }
}

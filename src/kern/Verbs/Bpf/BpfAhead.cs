using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KernKit.Bpf;
using KernKit.Volumes;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>Turns programs into C#, has the SDK's compiler compile it, and loads the result.</summary>
/// <remarks>What a build does once ahead of time, done for a batch: so that conformance suites can judge that code
/// too.</remarks>
internal static class BpfAhead
{
    /// <summary>Compiles programs.</summary>
    /// <param name="programs">The programs.</param>
    /// <param name="facts">For each what was proved, so that its checks are left out; null for nothing.</param>
    /// <returns>One for each, in order.</returns>
    /// <exception cref="VolumeException">There is no .NET SDK, or this command was compiled ahead of time
    /// itself.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Loads what was compiled a moment ago.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The generated classes are whole.")]
    public static IReadOnlyList<AheadProgram> Compile(
        IReadOnlyList<BpfProgram> programs, IReadOnlyDictionary<BpfProgram, ProgramFacts?>? facts = null)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new VolumeException(VolumeError.Unsupported,
                "--engine ahead: not in a command that was itself compiled ahead of time");
        }

        var directory = Directory.CreateTempSubdirectory("kern-bpf-");
        try
        {
            var source = Path.Join(directory.FullName, "programs.cs");
            var target = Path.Join(directory.FullName, "programs.dll");
            File.WriteAllText(source, CSharpWriter.Write(
                programs.Select((program, i) => KeyValuePair.Create($"P{i}", program)),
                program => facts?[program]));
            RunCompiler(source, target);
            var assembly = Assembly.Load(File.ReadAllBytes(target));
            return [.. programs.Select((_, i) =>
                (AheadProgram)assembly.GetType($"P{i}")!.GetProperty("Program")!.GetValue(null)!)];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void RunCompiler(string source, string target)
    {
        var framework = RuntimeEnvironment.GetRuntimeDirectory();
        var root = Path.GetFullPath(Path.Join(framework, "..", "..", ".."));
        var compiler = Directory.Exists(Path.Join(root, "sdk"))
            ? Directory.GetDirectories(Path.Join(root, "sdk")).Order(StringComparer.Ordinal)
                .Select(sdk => Path.Join(sdk, "Roslyn", "bincore", "csc.dll")).LastOrDefault(File.Exists)
            : null;
        if (compiler is null)
        {
            throw new VolumeException(VolumeError.System,
                $"--engine ahead: no C# compiler of a .NET SDK under {root}/sdk; install one");
        }

        var response = source + ".rsp";
        var references = Directory.GetFiles(framework, "*.dll")
            .Where(path => Path.GetFileName(path) is "System.Runtime.dll" or "System.Private.CoreLib.dll")
            .Append(Path.Join(AppContext.BaseDirectory, "KernKit.Bpf.dll"));
        File.WriteAllLines(response,
        [
            "-nologo", "-nostdlib", "-optimize+", "-debug-", "-target:library", "-deterministic", "-warn:0",
            $"-out:\"{target}\"",
            .. references.Select(path => $"-reference:\"{path}\""),
            $"\"{source}\"",
        ]);
        var start = new ProcessStartInfo(Path.Join(root, "dotnet"), ["exec", compiler, $"@{response}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            var first = (output + error.Result).Split('\n')[0];
            throw new VolumeException(VolumeError.Unsupported,
                $"--engine ahead: the C# compiler refused the generated code: {first}");
        }
    }
}

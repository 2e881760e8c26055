using System.Diagnostics;
using System.Text;

namespace KernKit.Build.Tests;

/// <summary>
/// A console project outside of this repository that imports the hook as a package would, built by the real
/// <c>dotnet</c>. Its builds share a server that no other build on this machine uses: fast, and it is where stale task
/// code would show.
/// </summary>
internal sealed class DotnetProject : IDisposable
{
    private const int BuildSecondsMax = 120;
    private static readonly string CommonSalt = Guid.NewGuid().ToString("N");

    /// <param name="frameworks">One or several.</param>
    /// <param name="items">More of the project file, after the hook's properties.</param>
    public DotnetProject(string frameworks = "net10.0", string items = "")
    {
        Root = Directory.CreateTempSubdirectory("kernkit-dotnet-").FullName;
        Tools = Path.Join(Root, "tools");
        Directory.CreateDirectory(Tools);
        File.Copy(typeof(EngineLoader).Assembly.Location, Path.Join(Tools, "KernKit.Build.dll"));
        UseCompiler("one");
        var hook = Path.Join(Repository.Root, "src", "KernKit.Build", "build", "KernKit.Build");
        var property = frameworks.Contains(';') ? "TargetFrameworks" : "TargetFramework";
        Write("App/App.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <{property}>{frameworks}</{property}>
                <LangVersion>latest</LangVersion>
                <KernKitBuildToolsDirectory>{Tools}/</KernKitBuildToolsDirectory>
                <UseAppHost>false</UseAppHost>
              </PropertyGroup>
              <Import Project="{hook}.props" />
              <ItemGroup>
                <Layout Include="*.layout" />
              </ItemGroup>
              {items}
              <Import Project="{hook}.targets" />
            </Project>
            """);
        // Prints the generated types that the assembly holds and what made them.
        Write("App/Program.cs", """
            foreach (var type in typeof(App.Layouts.Ufs.Anchor).Assembly.GetTypes())
            {
                if (type.Namespace == "App.Layouts.Ufs")
                {
                    System.Console.WriteLine(type.Name + " " + type.GetField("Maker").GetValue(null)
                        + " " + type.GetField("Text").GetValue(null));
                }
            }
            """);
        Schema("anchor", "struct Anchor");
    }

    /// <summary>Builds run in a server that stays, as users can have it, or each in a process of its own.</summary>
    public bool UsesServer { get; init; } = true;

    /// <summary>Nodes stay and are used again, as users have it, or end with their build, as CI has it.</summary>
    public bool ReusesNodes { get; init; } = true;

    /// <summary>Only builds with the same one share servers and nodes.</summary>
    public string Salt { get; init; } = CommonSalt;

    public string Root { get; }

    public string Tools { get; }

    public string Project => Path.Join(Root, "App");

    public string Intermediate => Path.Join(Project, "obj", "Debug", "net10.0");

    public string Assembly => Path.Join(Project, "bin", "Debug", "net10.0", "App.dll");

    public void UseCompiler(string version) =>
        File.WriteAllBytes(Path.Join(Tools, "KernKit.Layout.Compiler.dll"), FakeCompiler.Bytes(version));

    public string Schema(string name, string text) => Write($"App/{name}.layout", "namespace Ufs\n" + text + "\n");

    public string Write(string name, string text)
    {
        var path = Path.Join(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Builds, and expects success.</summary>
    public string Build(params string[] arguments)
    {
        var (status, output) = Dotnet(["build", .. arguments]);
        Assert.True(status == 0, output);
        return output;
    }

    /// <summary>What the built program prints, sorted.</summary>
    public string[] Types()
    {
        var (status, output) = Dotnet([Assembly], verbatim: true);
        Assert.True(status == 0, output);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Trim()).Order(StringComparer.Ordinal)];
    }

    public string[] GeneratedNames() => Directory.Exists(Path.Join(Intermediate, "gen"))
        ? [.. Directory.GetFiles(Path.Join(Intermediate, "gen"), "*", SearchOption.AllDirectories)
            .Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];

    public (int Status, string Output) Dotnet(string[] arguments, bool verbatim = false)
    {
        using var process = Start(arguments, verbatim);
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(BuildSecondsMax)), "dotnet does not end");
        process.WaitForExit();
        return (process.ExitCode, output.ToString());
    }

    public Process Start(string[] arguments, bool verbatim = false)
    {
        var start = new ProcessStartInfo(DotnetPath())
        {
            WorkingDirectory = Project,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in verbatim ? arguments : [.. arguments, "-nologo", "-v:q", "-tl:off"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["MSBUILDNODEHANDSHAKESALT"] = Salt;
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = UsesServer ? "1" : "0";
        start.Environment["MSBUILDDISABLENODEREUSE"] = ReusesNodes ? "0" : "1";
        // Without a server a single project would be built by dotnet itself, and no node would have to stay.
        start.Environment["MSBUILDNOINPROCNODE"] = ReusesNodes && !UsesServer ? "1" : "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["KERNKIT_BUILD_CACHE"] = Path.Join(Root, "cache");
        // The servers of the tests' own host must not leak into the projects under test.
        start.Environment.Remove("MSBuildSDKsPath");
        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Ends the builds' server.</summary>
    public void StopServer() => Dotnet(["build-server", "shutdown", "--msbuild"], verbatim: true);

    private static string DotnetPath()
    {
        var root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        return string.IsNullOrEmpty(root) ? "dotnet" : Path.Join(root, "dotnet");
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }
}

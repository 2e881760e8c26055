using System.Runtime.InteropServices;
using System.Text;

namespace KernKit.Bpf.Tests;

/// <summary>The machine in a program that .NET compiled ahead of time: no code is generated at run time.</summary>
public sealed class NativeAheadTests
{
    private const int CaseCount = 60;

    // Prints an outcome a line for each case and engine, in the words of the data files.
    private const string Main = """
        using System.Runtime.CompilerServices;
        using KernKit.Bpf;
        using KernKit.Command.Verbs.Bpf;

        Console.WriteLine($"dynamic code: {RuntimeFeature.IsDynamicCodeSupported}");
        foreach (var (ahead, memory) in Cases.All)
        {
            foreach (var options in new[]
            {
                new MachineOptions { Engine = EngineKind.Interpreter },
                new MachineOptions { Engine = EngineKind.Compiled },
                new MachineOptions { Ahead = [ahead] },
            })
            {
                using var machine = new BpfMachine(
                    ahead.Program, options with { Helpers = ConformanceFunctions.Create(), Fuel = 100_000 });
                var result = machine.Run(Convert.FromHexString(memory).AsSpan());
                Console.WriteLine(result.Status switch
                {
                    RunStatus.Ok => $"0x{result.Value:x}",
                    RunStatus.Fault => $"fault {result.Fault} at {result.InstructionIndex}",
                    _ => $"fuel at {result.InstructionIndex}",
                });
            }
        }
        """;

    [Fact]
    public void Interpreter_and_ahead_of_time_code_do_what_the_data_files_say_under_NativeAOT()
    {
        var cases = EngineCase.Read()
            .FindAll(one => !one.Expected.StartsWith("reject ", StringComparison.Ordinal) && one.CpuVersion == 4);
        cases = [.. cases.Where((_, i) => i % (cases.Count / CaseCount) == 0)];
        var directory = Directory.CreateTempSubdirectory("kern-bpf-native-").FullName;
        try
        {
            WriteProject(directory, cases);
            var architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
            var root = Path.GetFullPath(Path.Join(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
            Programs.Run(Path.Join(root, "dotnet"), "publish", directory, "-c", "Release", "-r",
                $"linux-{architecture}", "-o",
                Path.Join(directory, "out"), "-v", "quiet", "-nologo", "-nodeReuse:false",
                "-p:UseSharedCompilation=false");
            var lines = Programs.Run(Path.Join(directory, "out", "native")).Split('\n',
                StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("dynamic code: False", lines[0]);
            Assert.Equal(
                cases.SelectMany(one => Enumerable.Repeat($"{one.Name}: {one.Expected}", 3)),
                lines.Skip(1).Select((outcome, i) => $"{cases[i / 3].Name}: {outcome}"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void WriteProject(string directory, List<EngineCase> cases)
    {
        var list = new StringBuilder("public static class Cases { public static readonly "
            + "(KernKit.Bpf.AheadProgram Ahead, string Memory)[] All = [");
        for (var i = 0; i < cases.Count; i++)
        {
            list.Append($"(P{i}.Program, \"{Convert.ToHexString(cases[i].Memory)}\"), ");
        }

        File.WriteAllText(Path.Join(directory, "Main.cs"), Main);
        File.WriteAllText(Path.Join(directory, "Cases.cs"), list.Append("]; }").ToString());
        File.WriteAllText(Path.Join(directory, "Programs.cs"), CSharpWriter.Write(
            cases.Select((one, i) => KeyValuePair.Create($"P{i}", one.Load()))));
        // The library as the tests have it: what is compiled ahead of time is the same IL.
        File.WriteAllText(Path.Join(directory, "native.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <PublishAot>true</PublishAot>
                <InvariantGlobalization>true</InvariantGlobalization>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <OptimizationPreference>Size</OptimizationPreference>
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="{Path.Join(Programs.Root, "src/kern/Verbs/Bpf/ConformanceFunctions.cs")}" />
                <Reference Include="{Path.Join(AppContext.BaseDirectory, "KernKit.Bpf.dll")}" />
              </ItemGroup>
            </Project>
            """);
    }
}

namespace KernKit.Build.Tests;

/// <summary>A generator that is itself a project beside the one that uses it.</summary>
public sealed class GeneratorProjectTests : IDisposable
{
    private const string Items = """
        <ItemGroup>
          <ProjectReference Include="../Gen/Gen.csproj" ReferenceOutputAssembly="false" />
          <CodeGenerator Include="gen" Tool="../Gen/bin/Debug/net10.0/Gen.dll" Command="{Input} {Output}"
                         Outputs="{Filename}.g.cs" OutputKind="Compile" />
          <Generate Include="*.def" Generator="gen" />
        </ItemGroup>
        """;

    private readonly DotnetProject _project = new(items: Items);

    public void Dispose()
    {
        _project.StopServer();
        _project.Dispose();
    }

    [Fact]
    public void It_is_built_first_and_runs_again_when_its_source_changes()
    {
        _project.Write("Gen/Gen.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <UseAppHost>false</UseAppHost>
              </PropertyGroup>
            </Project>
            """);
        Generator("one");
        _project.Write("App/Hello.def", "hello");
        _project.Write("App/Program.cs", "System.Console.WriteLine(Hello.Text);\n");

        _project.Build();
        Assert.Equal(["one hello"], _project.Types());

        // As it is: not even the compiler runs.
        var built = File.GetLastWriteTimeUtc(_project.Assembly);
        _project.Build("--no-restore", "-m:1");
        Assert.Equal(built, File.GetLastWriteTimeUtc(_project.Assembly));

        Generator("two");
        _project.Build("--no-restore", "-m:2", "-graph");
        Assert.Equal(["two hello"], _project.Types());
    }

    private void Generator(string version) => _project.Write("Gen/Program.cs", $$"""
        var text = System.IO.File.ReadAllText(args[0]);
        System.IO.File.WriteAllText(args[1],
            "internal static class " + System.IO.Path.GetFileNameWithoutExtension(args[0]) +
            " { public const string Text = \"{{version}} " + text + "\"; }");
        """);
}

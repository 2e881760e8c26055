namespace KernKit.Build.Tests;

/// <summary>The hook as a package, and a package that brings a generator along.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kernkit-package-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_package_brings_its_generator_by_being_referenced()
    {
        var feed = Path.Join(_root, "feed");
        Kern.Good(Repository.Root, "dotnet", "pack", "src/KernKit.Build", "--no-build", "--no-restore", "-c", "Debug",
            "-p:BuildProjectReferences=false", "-o", feed, "-v", "q", "-nologo");
        var version = Path.GetFileNameWithoutExtension(Directory.GetFiles(feed, "KernKit.Build.*.nupkg").Single())
            ["KernKit.Build.".Length..];

        // A generator package: a script, four lines of props, a dependency on the hook.
        Write("Shout/shout.sh", "echo \"internal static class $(basename $1 .shout) " +
            "{ public const string Text = \\\"$(tr a-z A-Z < $1)\\\"; }\"\n");
        Write("Shout/build/Shout.props", """
            <Project>
              <ItemGroup>
                <CodeGenerator Include="shout"
                               Command="sh $(MSBuildThisFileDirectory)../tools/shout.sh {Input} &gt; {Output}"
                               Outputs="{Filename}.g.cs" OutputKind="Compile" />
              </ItemGroup>
            </Project>
            """);
        Write("Shout/Shout.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <IncludeBuildOutput>false</IncludeBuildOutput>
                <NoWarn>NU5128;NU5129</NoWarn>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="KernKit.Build" Version="{version}" />
                <None Include="build/*" Pack="true" PackagePath="buildTransitive/" />
                <None Include="shout.sh" Pack="true" PackagePath="tools/" />
              </ItemGroup>
            </Project>
            """);
        Write("App/App.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <UseAppHost>false</UseAppHost>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Shout" Version="1.0.0" />
                <Generate Include="*.shout" Generator="shout" />
              </ItemGroup>
            </Project>
            """);
        Write("App/Program.cs", "System.Console.WriteLine(Hello.Text);\n");
        Write("App/Hello.shout", "hello");
        Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="local" value="{feed}" /></packageSources>
              <config><add key="globalPackagesFolder" value="{_root}/packages" /></config>
            </configuration>
            """);

        Kern.Good(Path.Join(_root, "Shout"), "dotnet", "pack", "-o", feed, "-v", "q", "-nologo");
        Kern.Good(Path.Join(_root, "App"), "dotnet", "build", "-v", "q", "-nologo");

        Assert.Equal("HELLO\n", Kern.Good(Path.Join(_root, "App"), "dotnet", "bin/Debug/net10.0/App.dll"));
        // The hook works while building and is no part of what was built.
        Assert.Empty(Directory.GetFiles(Path.Join(_root, "App", "bin"), "KernKit*", SearchOption.AllDirectories));
    }

    private void Write(string name, string text)
    {
        var path = Path.Join(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}

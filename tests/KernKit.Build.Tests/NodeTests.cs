using System.Text;

namespace KernKit.Build.Tests;

/// <summary>
/// MSBuild keeps the code of tasks as long as a process lives. Whatever stays between two builds, the second one runs
/// what is on disk.
/// </summary>
public sealed class NodeTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void New_code_runs_with_and_without_a_server_and_with_and_without_reused_nodes(bool server, bool reuse)
    {
        using var project = new DotnetProject
        {
            UsesServer = server,
            ReusesNodes = reuse,
            Salt = Guid.NewGuid().ToString("N"),
        };
        try
        {
            project.Build();
            var stayed = Nodes(project.Salt);
            // A server that may not be used again ends as well.
            Assert.Equal(reuse, stayed.Length > 0);
            Assert.Equal(["Anchor one"], project.Types());

            // Another schema compiler, and another engine: one that says something else.
            project.UseCompiler("two");
            var engine = Path.Join(project.Tools, "KernKit.Build.dll");
            File.WriteAllBytes(engine, Replace(File.ReadAllBytes(engine), "never built", "newer built"));
            project.Schema("second", "struct Second");
            project.Build("--no-restore");

            Assert.Equal(["Anchor two", "Second two"], project.Types());
            Assert.Contains("newer built",
                File.ReadAllText(Path.Join(project.Intermediate, "kernkit.build.db"), Encoding.Latin1),
                StringComparison.Ordinal);
            if (reuse)
            {
                Assert.NotEmpty(stayed.Intersect(Nodes(project.Salt)));
            }
        }
        finally
        {
            project.StopServer();
            foreach (var node in Nodes(project.Salt))
            {
                using var process = System.Diagnostics.Process.GetProcessById(node);
                process.Kill();
            }
        }
    }

    // Strings of an assembly are UTF-16; as long as the other one, so nothing moves.
    private static byte[] Replace(byte[] assembly, string from, string to)
    {
        var at = assembly.AsSpan().IndexOf(Encoding.Unicode.GetBytes(from));
        Assert.True(at > 0);
        Encoding.Unicode.GetBytes(to).CopyTo(assembly, at);
        return assembly;
    }

    /// <summary>Servers and nodes that live on: MSBuild's own mark is in their environment.</summary>
    private static int[] Nodes(string salt) =>
    [
        .. Directory.GetDirectories("/proc").Where(static path => char.IsAsciiDigit(Path.GetFileName(path)[0]))
            .Where(path =>
            {
                try
                {
                    return File.ReadAllText(path + "/environ").Contains(salt, StringComparison.Ordinal) &&
                        File.ReadAllText(path + "/cmdline").Contains("nodemode", StringComparison.OrdinalIgnoreCase);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    return false;
                }
            })
            .Select(static path => int.Parse(Path.GetFileName(path)!)),
    ];
}

namespace KernKit.Command.Tests;

/// <summary><c>kern bpf compile</c> of programs.</summary>
public sealed class BpfCompileTests
{
    private const string Source = """
        #define SECTION(name) __attribute__((section(name), used))
        typedef unsigned char u8;
        typedef unsigned int u32;
        typedef unsigned long long u64;
        struct context { u32 length; u32 unused[18]; u32 data; u32 data_end; };
        SECTION("record") u64 good(const u8 *bytes, u64 length) { return length > 3 ? bytes[3] : 0; }
        SECTION("record") u64 bad(const u8 *bytes, u64 length)
        {
            return bytes[3];
        }
        SECTION("tc") u64 hook(struct context *context)
        {
            u8 *data = (u8 *)(u64)context->data;
            return (u64)(data + 1) > context->data_end ? 0 : *data;
        }
        SECTION("kprobe.multi/x") u64 other(void *context) { return 0; }
        """;

    [Fact]
    public void A_verified_program_is_compiled_without_the_checks_that_were_proved_needless()
    {
        using var directory = new TemporaryDirectory();
        var file = Compile(directory);
        var plain = CommandRun.Of("bpf", "compile", file, "--program", "good").Text;
        var verified = CommandRun.Of("bpf", "compile", file, "--program", "good", "--verify").Text;
        Assert.Contains("AheadCode.Window", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("Verified", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("AheadCode.Window", verified, StringComparison.Ordinal);
        Assert.StartsWith("// Verified for hooks of type record: run it with those only, since the checks of 1\n"
            + "// of its 1 accesses are left out.\n", verified, StringComparison.Ordinal);
        var hook = CommandRun.Of("bpf", "compile", file, "--program", "hook", "--verify");
        Assert.Contains("hooks of type tc", hook.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_program_is_an_error_at_its_line()
    {
        using var directory = new TemporaryDirectory();
        var file = Compile(directory);
        var run = CommandRun.Of("bpf", "compile", file, "--program", "bad", "--verify");
        Assert.Equal((1, ""), (run.Status, run.Text));
        Assert.Contains("a.c(9,12): error: bad: refused as a program of type record: instruction 0: ", run.Error,
            StringComparison.Ordinal);
        run = CommandRun.Of("bpf", "compile", file, "--program", "bad", "--verify", "--checked");
        Assert.Equal(0, run.Status);
        Assert.Contains("the checks of 0\n// of its 1 accesses", run.Text, StringComparison.Ordinal);
        Assert.Contains("AheadCode.Window", run.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--program: say which, there are good, bad, hook, other")]
    [InlineData("--program: say which, there are good, bad, hook, other", "--program", "none")]
    [InlineData("--type: 'kprobe.multi/x' is no hook", "--program", "other", "--verify")]
    [InlineData("--type: 'sock' is no hook", "--program", "good", "--verify", "--type", "sock")]
    public void What_cannot_be_told_is_asked_for(string message, params string[] options)
    {
        using var directory = new TemporaryDirectory();
        var run = CommandRun.Of(["bpf", "compile", Compile(directory), .. options]);
        Assert.Equal(2, run.Status);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static string Compile(TemporaryDirectory directory)
    {
        File.WriteAllText(directory["a.c"], Source);
        Programs.Output("clang-19", "-target", "bpf", "-O2", "-g", "-c", directory["a.c"], "-o", directory["a.o"]);
        return directory["a.o"];
    }
}

using System.Text.Json;

namespace KernKit.Command.Tests;

public sealed class BpfTests
{
    private const string Exit = "9500000000000000";

    [Theory]
    [InlineData("interpreter", "always")]
    [InlineData("compiled", "always")]
    [InlineData("compiled", "unproved")]
    [InlineData("ahead", "always")]
    [InlineData("ahead", "unproved")]
    public void A_batch_answers_each_row_in_order(string engine, string checks)
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Join(directory.Path, "rows.jsonl");
        File.WriteAllLines(file,
        [
            $$"""{"name":"ok","prog_hex":"b700000007000000{{Exit}}","mem_hex":"","cpu_version":4}""",
            $$"""{"name":"memory","prog_hex":"7110010000000000{{Exit}}","mem_hex":"0a0b"}""",
            $$"""{"name":"fault","prog_hex":"7110020000000000{{Exit}}","mem_hex":"0a0b","cpu_version":"v3"}""",
            """{"name":"fuel","prog_hex":"0500ffff00000000"}""",
            """{"name":"reject","prog_hex":"9501000000000000"}""",
            $$"""{"name":"helper","prog_hex":"8500000007000000{{Exit}}"}""",
            """{"name":"odd","prog_hex":"950"}""",
            "not json",
            "[]",
            $$"""{"name":"old","prog_hex":"3700010001000000{{Exit}}","cpu_version":3}""",
            $$"""{"name":"last","prog_hex":"bf20000000000000{{Exit}}","mem_hex":"000000"}""",
        ]);
        var run = CommandRun.Of("bpf", "run", "--batch", file, "--engine", engine, "--checks", checks, "--fuel",
            "1000");
        Assert.Equal(0, run.Status);
        var rows = run.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(
            ["ok 7", "memory b", "fault ", "fuel ", "reject ", "reject ", "reject ", "reject ", "reject ", "reject ",
                "last 3"],
            rows.Select(row => row.GetProperty("status").GetString() switch
            {
                "ok" => $"{row.GetProperty("name").GetString()} {row.GetProperty("r0").GetString()}",
                var status => $"{status} {row.GetProperty("r0").GetString()}",
            }));
        Assert.Contains("instruction 0: Memory", rows[2].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("line 8", rows[7].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_becomes_bytes_and_bytes_become_text()
    {
        using var directory = new TemporaryDirectory();
        var (text, binary) = (Path.Join(directory.Path, "a.s"), Path.Join(directory.Path, "a.bin"));
        File.WriteAllText(text, "r0 = *(u8 *)(r1 + 1)\nr1 = 5 ll\nexit\n");
        Assert.Equal(0, CommandRun.Of("bpf", "asm", text, "-o", binary).Status);
        Assert.Equal("7110010000000000180100000500000000000000000000009500000000000000\n",
            CommandRun.Of("bpf", "asm", text, "--hex").Text);
        Assert.Equal(["w0 = *(u8 *)(r1 + 0x1)", "r1 = 0x5 ll", "exit"], CommandRun.Of("bpf", "disasm", binary).Lines);
        Assert.Equal(3, CommandRun.Of("bpf", "disasm", binary, "--json").Lines.Length);
        Assert.Equal("0xbb\n", CommandRun.Of("bpf", "run", binary, "--mem", "aa bb").Text);
        Assert.Equal("0xbb\n", CommandRun.Of("bpf", "run", text, "--mem", "aabb", "--engine", "compiled").Text);
        var fault = CommandRun.Of("bpf", "run", text, "--mem", "aa");
        Assert.Equal(1, fault.Status);
        Assert.StartsWith("fault at instruction 0", fault.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_malformed_program_is_one_line_and_status_3()
    {
        using var directory = new TemporaryDirectory();
        var text = Path.Join(directory.Path, "a.s");
        File.WriteAllText(text, "r0 = 1\nfrobnicate\n");
        var run = CommandRun.Of("bpf", "asm", text);
        Assert.Equal(3, run.Status);
        Assert.Contains("line 2: 'frobnicate' is no instruction", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, CommandRun.Of("bpf", "run").Status);
    }
}

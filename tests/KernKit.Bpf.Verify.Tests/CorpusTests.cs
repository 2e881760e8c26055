namespace KernKit.Bpf.Verify.Tests;

public class CorpusTests
{
    private static readonly IReadOnlyList<MapDefinition> Maps =
    [
        new("values", MapKind.Array, 4, 16, 8),
        new("hash", MapKind.Hash, 8, 24, 8),
        new("ring", MapKind.RingBuffer, 0, 0, 4096),
        new("programs", MapKind.ProgramArray, 4, 4, 8),
        new("constants", MapKind.Array, 4, 16, 1) { IsReadOnly = true },
    ];

    [Fact]
    public void At_least_19_of_20_good_programs_of_clang_are_accepted()
    {
        var refused = new List<string>();
        var count = 0;
        foreach (var file in Corpus.Files("good", "*.c"))
        {
            var loaded = BpfObject.Load(Corpus.Compile(file));
            foreach (var program in loaded.Programs)
            {
                count++;
                var options = VerifierOptions.For(program) with { Maps = loaded.Maps };
                var result = Verifier.Verify(program.Program, options);
                if (!result.IsAccepted)
                {
                    refused.Add($"{Path.GetFileName(file)}: {result.Error}");
                }
            }
        }

        Assert.True(count >= 60);
        Assert.True(refused.Count * 20 <= count, string.Join('\n', refused));
    }

    [Fact]
    public void Bad_programs_are_refused_with_the_first_line_that_they_expect()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var file in Corpus.Files("bad", "*.bpf"))
        {
            foreach (var part in File.ReadAllText(file).Split("=== ", StringSplitOptions.RemoveEmptyEntries))
            {
                count++;
                var lines = part.Split('\n', 3);
                var head = lines[0].Split(' ', 2);
                var said = Judge(head[0], lines[2]);
                if (said is null || !said.Contains(lines[1][2..], StringComparison.Ordinal))
                {
                    wrong.Add($"{Path.GetFileName(file)}: {lines[0]}: {said ?? "accepted"}");
                }
            }
        }

        Assert.True(count >= 200);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static string? Judge(string type, string text)
    {
        try
        {
            var program = Assembler.Assemble(text);
            return Verifier.Verify(program, new VerifierOptions { TypeName = type, Maps = Maps }).Error?.Headline;
        }
        catch (BpfFormatException error)
        {
            return error.Message;
        }
    }
}

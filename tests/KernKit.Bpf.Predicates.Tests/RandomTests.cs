using KernKit.Bpf.Tests;

namespace KernKit.Bpf.Predicates.Tests;

/// <summary>Random expressions over random records, against an evaluator of whole numbers.</summary>
public sealed class RandomTests
{
    private const int RecordCount = 16;

    [Fact]
    public void Every_engine_computes_what_whole_numbers_say()
    {
        var (refused, unproved) = (0, 0);
        var kept = new List<(string Text, Predicate Predicate, byte[] Records, ulong[] Verdicts)>();
        for (var seed = 0; seed < 1500; seed++)
        {
            var random = new Random(seed);
            var expression = Expression.Condition(random, 1 + random.Next(5));
            if (Compile(expression.Text) is not { } predicate)
            {
                refused++;
                continue;
            }

            Assert.True(predicate.Verdict.IsAccepted, $"seed {seed}: {expression.Text}: {predicate.Verdict.Error}");
            unproved += predicate.Verdict.UnprovedCount > 0 ? 1 : 0;
            var records = Make(random);
            var verdicts = Ask(predicate, records, EngineKind.Interpreter);
            for (var i = 0; i < RecordCount; i++)
            {
                var isBig = false;
                var record = records.AsSpan(i * Records.Bytes, Records.Bytes).ToArray();
                ulong expected = expression.Evaluate(record, ref isBig) is { } value ? value.IsOne ? 1UL : 0 : 2;
                Assert.True(verdicts[i] == expected || (verdicts[i] == Predicate.NoValue && isBig),
                    $"seed {seed}: {expression.Text}: {verdicts[i]}, not {expected}: {Convert.ToHexString(record)}");
            }

            kept.Add((expression.Text, predicate, records, verdicts));
        }

        Assert.InRange(refused, 0, 300);
        // What nothing leads to, as a shift by what is always negative, is not proved.
        Assert.InRange(unproved, 0, 300);
        foreach (var (text, predicate, records, verdicts) in kept.Take(400))
        {
            Assert.True(verdicts.AsSpan().SequenceEqual(Ask(predicate, records, EngineKind.Compiled)), text);
            using var batch = new PredicateBatch(predicate, Records.Bytes, RecordCount);
            records.CopyTo(batch.Records);
            batch.Run(RecordCount);
            Assert.Equal(verdicts.Select(static verdict => (byte)verdict), batch.Verdicts.ToArray());
        }

        var ahead = AheadCompiler.Compile([.. kept.Take(200).Select(static one => one.Predicate.Program)]);
        for (var i = 0; i < ahead.Count; i++)
        {
            using var hook = kept[i].Predicate.CreateHook(Records.Bytes, new MachineOptions { Ahead = [ahead[i]] });
            var verdicts = new ulong[RecordCount];
            hook.DecideMany(kept[i].Records, Records.Bytes, verdicts);
            Assert.True(verdicts.AsSpan().SequenceEqual(kept[i].Verdicts), kept[i].Text);
        }
    }

    private static byte[] Make(Random random)
    {
        var records = new byte[RecordCount * Records.Bytes];
        random.NextBytes(records);
        for (var i = 0; i < RecordCount * 8; i++)
        {
            // Zeros, ones and small numbers are where mistakes live.
            var at = random.Next(records.Length - 8);
            records.AsSpan(at, 1 + random.Next(8)).Fill((byte)(random.Next(2) == 0 ? 0 : 255));
        }

        return records;
    }

    private static Predicate? Compile(string text)
    {
        try
        {
            return Records.Compile(text);
        }
        catch (PredicateException)
        {
            // A division by a constant zero, a constant beyond 64 bits, too many parts.
            return null;
        }
    }

    private static ulong[] Ask(Predicate predicate, byte[] records, EngineKind engine)
    {
        using var hook = predicate.CreateHook(Records.Bytes, new MachineOptions { Engine = engine });
        var verdicts = new ulong[RecordCount];
        Assert.Equal(RecordCount, hook.DecideMany(records, Records.Bytes, verdicts));
        Assert.Null(hook.LastFailure);
        return verdicts;
    }
}

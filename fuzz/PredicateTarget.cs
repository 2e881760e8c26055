using System.Text;
using KernKit.Bpf;

namespace KernKit.Fuzz;

/// <summary>Compiles damaged conditions: each ends in a program that the verifier accepts, or in one message.</summary>
internal sealed class PredicateTarget : IFuzzTarget
{
    private static readonly FieldTable Fields = FieldTable.Parse("""
        record: fuzzed 64
        symbols: kind file=1 dir=2
        size 0 s64
        mode 8 u16be bits 0 12
        kind 10 u8 symbols kind
        mtime 16 s64 time 1
        ctime 24 s32be time 1000000000
        db[3:4] 32 u32
        id 44 bytes4
        name 48 text16
        """);

    private static readonly string[] Seeds =
    [
        "kind == file && size > 1M",
        "mtime > now - 7d || \"2024-05-01T12:00:00Z\" - ctime < 12h",
        "!(name ~ \"*[a-z]?.l\\*g*x*\") && name != \"a\\n\\x41\"",
        "(mode & 0o4000) == 0 ? db[0] % 3 == -1 : ~db[2] << 5 > 0x7fff_ffff_ffff_ffff",
        "id == x\"00 11 22 33\" ^^ size * size - db[1] / (size >> 3) | 5",
    ];

    private static readonly string[] Pieces =
    [
        "(", ")", "&&", "||", "!", "~", "-", "*", "/", "%", "<<", ">>", "==", "<", "?", ":", "\"", "x\"", "[", "]",
        "now", "size", "name", "18446744073709551615", "9223372036854775808", "7d", "1T", "0", "\\", "\u00fc",
        "*", "[!", "db[1]",
    ];

    public string Name => "predicates";

    public void Run(ulong seed)
    {
        var random = new Random(unchecked((int)(seed ^ (seed >> 32))));
        var text = new StringBuilder(Seeds[random.Next(Seeds.Length)]);
        for (var i = random.Next(8); i > 0; i--)
        {
            var at = random.Next(text.Length + 1);
            switch (random.Next(4))
            {
                case 0:
                    text.Remove(at, Math.Min(random.Next(6), text.Length - at));
                    break;
                case 1:
                    text.Insert(at, (char)random.Next(1, 256));
                    break;
                case 2:
                    var piece = Pieces[random.Next(Pieces.Length)];
                    text.Insert(at, string.Concat(Enumerable.Repeat(piece, random.Next(80))));
                    break;
                default:
                    text.Insert(at, " " + Pieces[random.Next(Pieces.Length)] + " ");
                    break;
            }
        }

        try
        {
            var predicate = Predicate.Compile(text.ToString(), Fields);
            if (!predicate.Verdict.IsAccepted)
            {
                throw new InvalidOperationException($"{text}: {predicate.Verdict.Error}");
            }

            using var hook = predicate.CreateHook(64, new MachineOptions { Engine = EngineKind.Interpreter });
            var record = new byte[64];
            random.NextBytes(record);
            if (hook.Decide(record) > Predicate.NoValue || hook.LastFailure is not null)
            {
                throw new InvalidOperationException($"{text}: {hook.LastFailure}");
            }
        }
        catch (PredicateException error) when (error.Message.Length < 1000)
        {
            // One message is an answer.
        }
    }
}

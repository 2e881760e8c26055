using KernKit.Layout.Compiler.Decode;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Bytes in memory as the decoder takes them; and bytes whose lengths and tags often fit.</summary>
internal sealed class DecodedBytes(byte[] bytes) : ILayoutSource
{
    /// <summary>The same bytes for compiled drivers.</summary>
    public const string Source = """
        static byte[] Make(Random random, int most)
        {
            byte[] b = new byte[random.Next(most)];
            int small = random.Next(1, 8);
            for (int i = 0; i < b.Length; i++)
                b[i] = (byte)(random.Next(6) == 0 ? random.Next(256)
                    : random.Next(3) == 0 ? random.Next(small) : 0);
            return b;
        }

        """;

    public long Length => bytes.Length;

    public static byte[] Of(Random random, int most)
    {
        byte[] made = new byte[random.Next(most)];
        int small = random.Next(1, 8);
        int noise = random.Next(4) == 0 ? int.MaxValue : random.Next(2, 40);
        for (int i = 0; i < made.Length; i++)
        {
            made[i] = (byte)(random.Next(noise) == 0 ? random.Next(256) : random.Next(3) == 0 ? random.Next(small) : 0);
        }

        return made;
    }

    public void Read(long offset, Span<byte> target) => bytes.AsSpan((int)offset, target.Length).CopyTo(target);

    /// <summary>The first finding that says that something is wrong.</summary>
    internal sealed class Findings : Decode.ILayoutVisitor
    {
        public string First { get; private set; } = "";

        public void Visit(LayoutNode node)
        {
        }

        public void Report(LayoutFinding finding)
        {
            if (!finding.IsUnchecked && First.Length == 0)
            {
                First = finding.ToString();
            }
        }
    }

    /// <summary>The algorithms as generated code computes them.</summary>
    internal sealed class Checks : ILayoutChecks
    {
        public bool TryCompute(
            string algorithm,
            ulong? seed,
            bool isLittleEndian,
            IEnumerable<ReadOnlyMemory<byte>> pieces,
            Span<byte> digest,
            out ulong sum)
        {
            var known = Enum.Parse<LayoutCheckAlgorithm>(
                algorithm.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
            var check = seed is ulong start ? new LayoutCheck(known, start) : new LayoutCheck(known);
            foreach (ReadOnlyMemory<byte> piece in pieces)
            {
                check.Append(piece.Span);
            }

            sum = 0;
            if (known is LayoutCheckAlgorithm.Sha256 or LayoutCheckAlgorithm.Sha256Folded)
            {
                check.CopyTo(digest);
            }
            else
            {
                sum = check.ToInteger(isLittleEndian);
            }

            return true;
        }
    }
}

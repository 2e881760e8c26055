using System.Numerics;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>Verifies the <c>check</c> clauses of one structure.</summary>
/// <param name="frame">The structure.</param>
/// <param name="checks">The algorithms.</param>
/// <param name="fetched">Where the bytes lie that a check of a reference covers; null if they are not there.</param>
internal sealed class CheckReader(Frame frame, ILayoutChecks checks, (long From, long To)? fetched)
{
    private const int PieceBytes = 1 << 16;

    private enum Outcome
    {
        Good,
        None,
        Unknown,
        Bad,
    }

    /// <summary>What is wrong with a check: a phrase; null if it holds, or if the format has none here.</summary>
    /// <param name="check">A check of the structure.</param>
    /// <param name="isUnchecked">True if nothing was verified, because the algorithm is unknown.</param>
    public string? Complaint(CheckModel check, out bool isUnchecked)
    {
        Span<byte> digest = stackalloc byte[32];
        digest = digest[..Math.Clamp(check.Field.Count ?? 0, 0, digest.Length)];
        Outcome outcome = Compute(check, digest, out ulong sum);
        isUnchecked = outcome == Outcome.Unknown;
        string rule = "must be " + check.Text;
        return outcome switch
        {
            Outcome.None => null,
            Outcome.Unknown => $"is not checked, its algorithm is unknown: {check.Text}",
            Outcome.Bad => $"covers bytes that are not there, {rule}",
            _ => IsEqual(check.Field, sum, digest) ? null : rule,
        };
    }

    private bool IsEqual(FieldModel field, ulong sum, ReadOnlySpan<byte> digest)
    {
        if (frame.Find(field) is not long at)
        {
            return true;
        }

        if (field.Shape == FieldShape.Bytes)
        {
            byte[] held = new byte[Math.Min(field.Count ?? 0, digest.Length)];
            return frame.Source.TryRead(at, held) && digest[..held.Length].SequenceEqual(held);
        }

        int bits = CsTypes.ScalarOf(field.Type).Bytes * 8;
        BigInteger mask = (BigInteger.One << bits) - 1;
        return frame.Read(field.Type, at) is BigInteger value && (value & mask) == (sum & mask);
    }

    private Outcome Compute(CheckModel check, Span<byte> digest, out ulong sum)
    {
        sum = 0;
        bool isLittle = CsTypes.ScalarOf(check.Field.Type).Order switch
        {
            OrderKind.Little => true,
            OrderKind.Big => false,
            _ => frame.IsLittleEndian,
        };
        foreach (CheckTerm term in check.Terms)
        {
            (CheckAlgorithm algorithm, ulong? seed) = AlgorithmOf(term);
            if (algorithm <= CheckAlgorithm.None)
            {
                return algorithm == CheckAlgorithm.None ? Outcome.None : Outcome.Unknown;
            }

            if (RangesOf(term) is not List<(long From, long To, bool IsZero)> ranges)
            {
                return Outcome.Bad;
            }

            string name = CheckAlgorithms.NameOf(algorithm);
            if (!checks.TryCompute(name, seed, isLittle, Pieces(ranges), digest, out ulong part))
            {
                return Outcome.Unknown;
            }

            sum ^= part;
        }

        return Outcome.Good;
    }

    private (CheckAlgorithm Algorithm, ulong? Seed) AlgorithmOf(CheckTerm term)
    {
        var evaluator = new Evaluator(frame);
        foreach (CheckChoice choice in term.Choices)
        {
            if (choice.Condition is not null && !evaluator.Condition(choice.Condition))
            {
                continue;
            }

            BigInteger? seed = choice.Seed is null ? null : evaluator.Number(choice.Seed);
            bool isUnknown = choice.Seed is not null && seed is null;
            return (isUnknown ? CheckAlgorithm.Unknown : choice.Algorithm, (ulong?)seed);
        }

        return (CheckAlgorithm.Unknown, null);
    }

    /// <summary>The ranges of a term, cut where fields count as zero; null if one leaves the structure.</summary>
    private List<(long From, long To, bool IsZero)>? RangesOf(CheckTerm term)
    {
        if (term.Reference is not null)
        {
            return fetched is (long first, long last) ? [(first, last, false)] : null;
        }

        var result = new List<(long From, long To, bool IsZero)>();
        long end = frame.Start + (frame.Length ?? 0);
        foreach (CheckRange range in term.Ranges)
        {
            if (PointOf(range.From, frame.Start) is not long from || PointOf(range.To, end) is not long to
                || from < frame.Start || to < from || to > end)
            {
                return null;
            }

            foreach (FieldModel field in range.Zeroed.OrderBy(frame.Find))
            {
                if (frame.Find(field) is long at && SizeOf(field) is long size)
                {
                    // As much of it as lies in the range, as generated code does.
                    long zeroAt = Math.Clamp(at, from, to);
                    long zeroEnd = Math.Clamp(at + size, zeroAt, to);
                    result.Add((from, zeroAt, false));
                    result.Add((zeroAt, zeroEnd, true));
                    from = zeroEnd;
                }
            }

            result.Add((from, to, false));
        }

        return result;
    }

    private long? PointOf(CheckPoint? point, long otherwise)
    {
        if (point is null)
        {
            return otherwise;
        }

        if (point.Field is FieldModel field)
        {
            // A part that is absent has a place all the same, and no bytes.
            return frame.Find(field) is long found
                ? found + (point.IsEnd ? SizeOf(field) : 0)
                : frame.IsPresent(field, field.First.Presence) ? null : frame.PositionOf(field.First.At);
        }

        BigInteger? offset = new Evaluator(frame).Number(point.Offset!);
        return offset is null || offset < 0 || offset > int.MaxValue ? null : frame.Start + (long)offset;
    }

    private long? SizeOf(FieldModel field) =>
        frame.CountOf(field) is BigInteger count && count >= 0 && count <= int.MaxValue
            ? (long)field.BytesOf(count)
            : null;

    private IEnumerable<ReadOnlyMemory<byte>> Pieces(List<(long From, long To, bool IsZero)> ranges)
    {
        byte[] buffer = new byte[PieceBytes];
        foreach ((long from, long to, bool isZero) in ranges)
        {
            for (long at = from; at < to; at += PieceBytes)
            {
                Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(PieceBytes, to - at));
                if (isZero)
                {
                    piece.Span.Clear();
                }
                else if (!frame.Source.TryRead(at, piece.Span))
                {
                    yield break;
                }

                yield return piece;
            }
        }
    }
}

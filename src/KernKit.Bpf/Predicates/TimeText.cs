using System.Globalization;
using System.Numerics;

namespace KernKit.Bpf.Predicates;

/// <summary>Dates and times as people write them: ISO 8601, UTC unless an offset is given.</summary>
internal static class TimeText
{
    private const long NanosecondsPerTick = 100;

    /// <summary>Nanoseconds since 1970.</summary>
    /// <exception cref="PredicateException">No such form, or no such day.</exception>
    public static BigInteger Parse(string text, int column)
    {
        var rest = text.AsSpan();
        if (!TryDate(ref rest, out var day))
        {
            throw Wrong(text, column);
        }

        var nanoseconds = (BigInteger)(day.Ticks - DateTime.UnixEpoch.Ticks) * NanosecondsPerTick;
        if (rest.IsEmpty)
        {
            return nanoseconds;
        }

        if (rest[0] is not ('T' or ' ') || !TryClock(rest[1..], out var clock, out rest)
            || !TryOffset(rest, out var offset))
        {
            throw Wrong(text, column);
        }

        return nanoseconds + clock - offset;
    }

    private static bool TryDate(ref ReadOnlySpan<char> rest, out DateTime day)
    {
        day = default;
        if (rest.Length < 10 || !DateTime.TryParseExact(rest[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out day))
        {
            return false;
        }

        rest = rest[10..];
        return true;
    }

    // HH:MM, HH:MM:SS or HH:MM:SS.fraction
    private static bool TryClock(ReadOnlySpan<char> text, out long nanoseconds, out ReadOnlySpan<char> rest)
    {
        nanoseconds = 0;
        rest = text;
        if (!TryTwo(ref rest, 23, out var hour) || !TryTake(ref rest, ':') || !TryTwo(ref rest, 59, out var minute))
        {
            return false;
        }

        var second = 0;
        if (TryTake(ref rest, ':') && !TryTwo(ref rest, 59, out second))
        {
            return false;
        }

        nanoseconds = ((((hour * 60) + minute) * 60L) + second) * 1_000_000_000;
        if (!TryTake(ref rest, '.'))
        {
            return true;
        }

        var digits = rest.IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? rest.Length : digits;
        if (digits is 0 or > 9)
        {
            return false;
        }

        nanoseconds += int.Parse(rest[..digits].ToString().PadRight(9, '0'), CultureInfo.InvariantCulture);
        rest = rest[digits..];
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<char> rest, out long nanoseconds)
    {
        nanoseconds = 0;
        if (rest.IsEmpty || rest is "Z")
        {
            return true;
        }

        var isBehind = rest[0] == '-';
        if (!isBehind && rest[0] != '+')
        {
            return false;
        }

        rest = rest[1..];
        if (!TryTwo(ref rest, 14, out var hour))
        {
            return false;
        }

        _ = TryTake(ref rest, ':');
        if (!TryTwo(ref rest, 59, out var minute) || !rest.IsEmpty)
        {
            return false;
        }

        nanoseconds = ((hour * 60) + minute) * 60_000_000_000L * (isBehind ? -1 : 1);
        return true;
    }

    private static bool TryTwo(ref ReadOnlySpan<char> rest, int most, out int value)
    {
        value = 0;
        if (rest.Length < 2 || !char.IsAsciiDigit(rest[0]) || !char.IsAsciiDigit(rest[1]))
        {
            return false;
        }

        value = ((rest[0] - '0') * 10) + rest[1] - '0';
        rest = rest[2..];
        return value <= most;
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, char c)
    {
        if (rest.IsEmpty || rest[0] != c)
        {
            return false;
        }

        rest = rest[1..];
        return true;
    }

    private static PredicateException Wrong(string text, int column) => new(column,
        $"\"{Lexer.Short(text)}\" is no time; write \"2024-05-01\", \"2024-05-01T12:00:00Z\", with .fraction or "
            + "+02:00, or now - 7d");
}

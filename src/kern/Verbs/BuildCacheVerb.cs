using System.Globalization;
using KernKit.Build;
using KernKit.Command.Output;

namespace KernKit.Command.Verbs;

/// <summary><c>kern build cache</c>: what the shared cache holds, and its bounds.</summary>
internal static class BuildCacheVerb
{
    /// <summary>Runs the verb.</summary>
    public static int Run(Session session)
    {
        if (BuildCache.FromEnvironment(BuildGen.Variables()) is not { } cache)
        {
            session.Diagnostics.Note("build: cache: it is off (KERNKIT_BUILD_CACHE), or there is no HOME");
            return ExitStatus.No;
        }

        long? limit = null;
        TimeSpan? age = null;
        if (session.Arguments.GetValue<string?>(BuildVerb.LimitName) is { } size && (limit = Bytes(size)) is null)
        {
            session.Diagnostics.Usage($"build: cache: '{size}' is no size; write 500M or 2G");
            return ExitStatus.Usage;
        }

        if (session.Arguments.GetValue<string?>(BuildVerb.AgeName) is { } days)
        {
            if (!int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 36_500)
            {
                session.Diagnostics.Usage($"build: cache: '{days}' is no number of days");
                return ExitStatus.Usage;
            }

            age = TimeSpan.FromDays(number);
        }

        if (session.Arguments.GetValue<bool>(BuildVerb.ClearName))
        {
            cache.Clear(all: true);
        }

        if (limit is not null || age is not null)
        {
            cache.SetLimits(limit, age);
        }

        var now = cache.Statistics();
        var output = session.Output;
        if (session.Json)
        {
            output.WriteText("{\"directory\":");
            JsonText.WriteString(output, cache.Root);
            output.WriteText(string.Create(CultureInfo.InvariantCulture,
                $",\"results\":{now.Results},\"files\":{now.Files},\"bytes\":{now.Bytes}," +
                $"\"limit\":{now.BytesMax},\"age_days\":{(int)now.Age.TotalDays}}}\n"));
        }
        else
        {
            output.WriteText(string.Create(CultureInfo.InvariantCulture,
                $"{cache.Root}\n{now.Results} results, {now.Files} files, {now.Bytes} bytes; " +
                $"at most {now.BytesMax} bytes, unused for {(int)now.Age.TotalDays} days\n"));
        }

        return ExitStatus.Done;
    }

    private static long? Bytes(string text)
    {
        var shift = char.ToUpperInvariant(text.LastOrDefault()) switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            'T' => 40,
            _ => 0,
        };
        var digits = shift == 0 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) &&
            number <= long.MaxValue >> (shift + 1)
            ? number << shift
            : null;
    }
}

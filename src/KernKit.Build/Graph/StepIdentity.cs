using System.Text;

namespace KernKit.Build;

/// <summary>
/// All that decides what a step makes and is known before it runs, as text: one <c>label TAB value</c> a line. No
/// absolute path of this clone is in it, so equal work in another clone has an equal identity.
/// </summary>
internal static class StepIdentity
{
    /// <summary>Describes why two identities differ, as a person would say it.</summary>
    /// <param name="before">The recorded identity.</param>
    /// <param name="now">The present one.</param>
    /// <returns>For instance <c>changed input a.layout, new option Namespace</c>; at most three reasons.</returns>
    public static string Difference(string before, string now)
    {
        var (old, young) = (Parse(before), Parse(now));
        var reasons = new List<string>();
        foreach (var (label, value) in young)
        {
            if (!old.TryGetValue(label, out var was))
            {
                reasons.Add("new " + label);
            }
            else if (was != value)
            {
                reasons.Add((value == FileState.Absent ? "missing " : "changed ") + label);
            }
        }

        reasons.AddRange(old.Keys.Where(label => !young.ContainsKey(label)).Select(static label => "no more " + label));
        var shown = string.Join(", ", reasons.Take(3));
        return reasons.Count > 3 ? $"{shown} and {reasons.Count - 3} more" : shown;
    }

    /// <summary>The labelled values.</summary>
    /// <param name="identity">The text.</param>
    /// <returns>By label, in order.</returns>
    public static IReadOnlyDictionary<string, string> Parse(string identity)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in identity.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            values[tab < 0 ? line : line[..tab]] = tab < 0 ? "" : line[(tab + 1)..];
        }

        return values;
    }

    /// <summary>Adds one line.</summary>
    /// <param name="text">The identity so far.</param>
    /// <param name="label">What it is; each once.</param>
    /// <param name="value">Anything.</param>
    public static void Append(StringBuilder text, string label, string value)
    {
        AppendEscaped(text, label);
        text.Append('\t');
        AppendEscaped(text, value);
        text.Append('\n');
    }

    private static void AppendEscaped(StringBuilder text, string value)
    {
        if (!value.AsSpan().ContainsAny('\n', '\t', '\\'))
        {
            text.Append(value);
            return;
        }

        foreach (var c in value)
        {
            _ = c switch
            {
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                '\\' => text.Append("\\\\"),
                _ => text.Append(c),
            };
        }
    }
}

using System.Globalization;
using System.Text;

namespace KernKit.Build;

/// <summary>
/// Shows how two texts differ, in the unified form. Equal heads and tails are cut off; what is between is compared
/// line by line (longest common subsequence) where that is affordable, and shown as replaced where it is not.
/// </summary>
internal static class LineDiff
{
    private const int Context = 3;
    private const int ShownMax = 60;
    private const int CellsMax = 4_000_000;

    /// <summary>Compares.</summary>
    /// <param name="before">The committed lines.</param>
    /// <param name="after">The generated lines.</param>
    /// <returns>At most sixty lines, each beginning with '-', '+', ' ' or '@@'.</returns>
    public static string Compare(string[] before, string[] after)
    {
        var head = 0;
        while (head < before.Length && head < after.Length && before[head] == after[head])
        {
            head++;
        }

        var tail = 0;
        while (tail < before.Length - head && tail < after.Length - head && before[^(tail + 1)] == after[^(tail + 1)])
        {
            tail++;
        }

        var lines = new List<string>();
        var first = Math.Max(0, head - Context);
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"@@ line {first + 1} @@"));
        lines.AddRange(before[first..head].Select(static line => "  " + line));
        lines.AddRange(Middle(before[head..^tail], after[head..^tail]));
        lines.AddRange(before[^tail..].Take(Context).Select(static line => "  " + line));
        var text = new StringBuilder();
        foreach (var line in lines.Take(ShownMax))
        {
            text.Append(line).Append('\n');
        }

        return lines.Count > ShownMax
            ? text.Append(CultureInfo.InvariantCulture, $"... {lines.Count - ShownMax} more lines").ToString()
            : text.ToString().TrimEnd('\n');
    }

    private static IEnumerable<string> Middle(string[] before, string[] after)
    {
        if ((long)before.Length * after.Length > CellsMax)
        {
            return before.Select(static line => "- " + line).Concat(after.Select(static line => "+ " + line));
        }

        // common[i, j]: the longest common subsequence of what follows i and j.
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
            {
                common[i, j] = before[i] == after[j]
                    ? common[i + 1, j + 1] + 1
                    : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<string>();
        var (x, y) = (0, 0);
        while (x < before.Length || y < after.Length)
        {
            if (x < before.Length && y < after.Length && before[x] == after[y])
            {
                lines.Add("  " + before[x++]);
                y++;
            }
            else if (y == after.Length || (x < before.Length && common[x + 1, y] >= common[x, y + 1]))
            {
                lines.Add("- " + before[x++]);
            }
            else
            {
                lines.Add("+ " + after[y++]);
            }
        }

        return lines;
    }
}

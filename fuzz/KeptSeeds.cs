using System.Globalization;

namespace KernKit.Fuzz;

/// <summary>
/// Seeds that once found something: <c>fuzz/seeds/TARGET.txt</c>, one a line, then a space and the reason.
/// </summary>
public static class KeptSeeds
{
    /// <summary>Reads the seeds of a target.</summary>
    /// <param name="target">The target's name.</param>
    /// <returns>The seeds in the file's order; none if there is no file.</returns>
    public static IReadOnlyList<ulong> Of(string target)
    {
        var path = Path.Join(AppContext.BaseDirectory, "seeds", target + ".txt");
        return !File.Exists(path) ? [] : [.. File.ReadLines(path)
            .Where(static line => line.Length > 0 && line[0] != '#')
            .Select(static line => ulong.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture))];
    }
}

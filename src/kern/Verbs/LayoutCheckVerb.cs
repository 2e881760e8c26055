using System.Text.RegularExpressions;
using KernKit.Command.Output;
using KernKit.Layout.Compiler;
using KernKit.Layout.Compiler.C;

namespace KernKit.Command.Verbs;

/// <summary><c>kern layout check</c>: schemas against C compilers.</summary>
internal static partial class LayoutCheckVerb
{
    private const int ComplaintLinesMax = 20;

    public static int Run(Session session)
    {
        using var interruption = new Interruption(session.Host);
        using var progress = new ProgressLine(session, "compiling");
        var schemas = session.Arguments.GetRequiredValue<string[]>(LayoutVerb.SchemaName);
        if (session.Arguments.GetValue<string?>(LayoutVerb.AgainstName) is { } old)
        {
            return Compare(session, old, schemas);
        }

        var originals = session.Arguments.GetValue<string[]>(LayoutVerb.OriginalName) ?? [];
        var (compilers, missing) = CCompiler.Find();
        var disagreed = false;
        foreach (var path in schemas.SelectMany(LayoutSources.Resolve).Distinct(StringComparer.Ordinal))
        {
            interruption.Token.ThrowIfCancellationRequested();
            var result = originals.Length == 0
                ? LayoutHeader.Compile(path, LayoutSources.Read)
                : LayoutHeader.CompareWithOriginals(path, LayoutSources.Read, [.. originals.Select(Include)]);
            if (!LayoutSources.Report(session, result.Diagnostics))
            {
                disagreed |= !Prove(
                    session, path, string.Concat(result.Outputs.Values), originals.Length > 0, compilers, missing);
            }
        }

        if (compilers.Count == 0)
        {
            session.Diagnostics.Usage($"layout check: no C compiler was found; install gcc or clang (tried "
                + $"{string.Join(", ", missing)})");
            return ExitStatus.System;
        }

        if (!session.Json && missing.Count > 0)
        {
            session.Output.WriteText($"not there, or without that target: {string.Join(", ", missing)}\n");
        }

        return disagreed ? ExitStatus.No : ExitStatus.Done;
    }

    /// <summary>Two versions of one schema; status 1 if data of one is misread by the other.</summary>
    private static int Compare(Session session, string old, string[] schemas)
    {
        var before = LayoutSources.Resolve(old);
        var after = schemas.SelectMany(LayoutSources.Resolve).ToList();
        if (before.Count != 1 || after.Count != 1)
        {
            session.Diagnostics.Usage("layout check: --against compares one schema with one older version of it");
            return ExitStatus.Usage;
        }

        var result = SchemaComparison.Compare(before[0], after[0], LayoutSources.Read);
        if (LayoutSources.Report(session, result.Diagnostics))
        {
            return ExitStatus.Damaged;
        }

        foreach (var change in result.Breaks)
        {
            if (!session.Json)
            {
                Line(session.Output, change.ToString());
                continue;
            }

            session.Output.Write("{\"where\":"u8);
            JsonText.WriteString(session.Output, change.Where);
            session.Output.Write(",\"change\":"u8);
            JsonText.WriteString(session.Output, change.What);
            session.Output.Write(",\"breaks\":"u8);
            JsonText.WriteString(session.Output, change.Broken.ToString());
            session.Output.Write("}\n"u8);
        }

        return result.BreaksData ? ExitStatus.No : ExitStatus.Done;
    }

    /// <summary>A file is included by its path, anything else as the compiler finds it.</summary>
    private static string Include(string header) =>
        File.Exists(header) ? $"\"{Path.GetFullPath(header)}\"" : $"<{header.Trim('<', '>')}>";

    private static bool Prove(
        Session session,
        string path,
        string header,
        bool isOriginal,
        IReadOnlyList<CCompiler> compilers,
        IReadOnlyList<string> missing)
    {
        var agreed = new List<string>();
        var complaints = new List<(string Compiler, string Text)>();
        foreach (var compiler in compilers)
        {
            if ((isOriginal ? compiler.RefusesOriginal(header) : compiler.Refuses(header)) is { } complaint)
            {
                complaints.Add((compiler.Name, complaint));
            }
            else
            {
                agreed.Add(compiler.Name);
            }
        }

        var sizes = Sizes().Count(header);
        var offsets = Offsets().Count(header);
        if (session.Json)
        {
            ShowJson(session.Output, path, sizes, offsets, agreed, complaints, missing);
        }
        else
        {
            Show(session.Output, path, sizes, offsets, agreed, complaints);
        }

        return complaints.Count == 0;
    }

    private static void Show(
        ByteOutput output, string path, int sizes, int offsets, List<string> agreed,
            List<(string Compiler, string Text)> complaints)
    {
        var with = agreed.Count > 0 ? $" agree with {string.Join(", ", agreed)}" : "";
        Line(output, $"{path}: {sizes} sizes and {offsets} offsets{with}");
        foreach (var (compiler, text) in complaints)
        {
            Line(output, $"{path}: {compiler} disagrees:");
            foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(ComplaintLinesMax))
            {
                Line(output, "    " + line);
            }
        }
    }

    private static void Line(ByteOutput output, string text)
    {
        NameText.WriteEscaped(output, RawText.ToBytes(text));
        output.WriteByte((byte)'\n');
    }

    private static void ShowJson(
        ByteOutput output,
        string path,
        int sizes,
        int offsets,
        List<string> agreed,
        List<(string Compiler, string Text)> complaints,
        IReadOnlyList<string> missing)
    {
        output.Write("{\"schema\":"u8);
        JsonText.WriteString(output, RawText.ToBytes(path));
        output.WriteText($",\"sizes\":{sizes},\"offsets\":{offsets},\"agree\":");
        JsonText.WriteValue(output, agreed);
        output.Write(",\"disagree\":"u8);
        JsonText.WriteValue(output, complaints.Select(static complaint => complaint.Compiler));
        output.Write(",\"missing\":"u8);
        JsonText.WriteValue(output, missing);
        output.Write("}\n"u8);
    }

    [GeneratedRegex("^_Static_assert\\(sizeof", RegexOptions.Multiline)]
    private static partial Regex Sizes();

    [GeneratedRegex("^_Static_assert\\(offsetof", RegexOptions.Multiline)]
    private static partial Regex Offsets();
}

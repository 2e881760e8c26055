using System.Globalization;
using KernKit.Build;
using KernKit.Command.Output;

namespace KernKit.Command.Verbs;

/// <summary><c>kern build why</c>: explains from the databases that builds leave, MSBuild's as well.</summary>
internal static class BuildWhy
{
    /// <summary>Runs the verb.</summary>
    public static int Run(Session session)
    {
        var filter = session.Arguments.GetValue<string?>(BuildVerb.OutputName) ?? "";
        var directory = Path.GetFullPath(session.Arguments.GetValue<string?>(BuildVerb.StateName) ?? ".");
        var found = false;
        foreach (var database in Explanation.Find(directory))
        {
            var steps = Explanation.Explain(database, filter);
            if (steps.Count > 0 && !session.Json)
            {
                session.Output.WriteText(
                    Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.GetDirectoryName(database)!) + "\n");
            }

            foreach (var step in steps)
            {
                found = true;
                if (session.Json)
                {
                    WriteJson(session, database, step);
                }
                else
                {
                    WriteText(session, step, filter.Length > 0);
                }
            }
        }

        if (!found)
        {
            session.Diagnostics.Note(filter.Length > 0
                ? $"build: {filter}: no build below {directory} knows it"
                : $"build: {directory}: no build has left a database below it");
        }

        return found ? ExitStatus.Done : ExitStatus.No;
    }

    private static void WriteText(Session session, StepExplanation step, bool inFull)
    {
        var how = step.How switch
        {
            "cache" => "came from the cache",
            "failed" => "failed",
            _ => string.Create(CultureInfo.InvariantCulture, $"ran {step.DurationMilliseconds} ms"),
        };
        var at = DateTimeOffset.FromUnixTimeMilliseconds(step.RanAtMilliseconds);
        session.Output.WriteText(string.Create(CultureInfo.InvariantCulture,
            $"  {step.Step}: {how} at {at:yyyy-MM-dd HH:mm:ss}Z: {step.Cause}; " +
            $"now: {(step.Now.Length == 0 ? "up to date" : step.Now)}\n"));
        if (inFull)
        {
            session.Output.WriteText(string.Concat(step.Inputs.Select(static input => $"    from {input}\n")));
            session.Output.WriteText(string.Concat(step.Outputs.Select(static output => $"    to   {output}\n")));
        }
    }

    private static void WriteJson(Session session, string database, StepExplanation step)
    {
        var output = session.Output;
        output.WriteText("{\"database\":");
        JsonText.WriteString(output, database);
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
            [("step", step.Step), ("how", step.How), ("cause", step.Cause), ("now", step.Now)])
        {
            output.WriteText($",\"{name}\":");
            JsonText.WriteString(output, value);
        }

        output.WriteText(string.Create(CultureInfo.InvariantCulture,
            $",\"ran_at_ms\":{step.RanAtMilliseconds},\"duration_ms\":{step.DurationMilliseconds}"));
        WriteList(output, "inputs", step.Inputs);
        WriteList(output, "outputs", step.Outputs);
        output.WriteText("}\n");
    }

    private static void WriteList(ByteOutput output, string name, IReadOnlyList<string> values)
    {
        output.WriteText($",\"{name}\":[");
        for (var index = 0; index < values.Count; index++)
        {
            output.WriteText(index == 0 ? "" : ",");
            JsonText.WriteString(output, values[index]);
        }

        output.WriteText("]");
    }
}

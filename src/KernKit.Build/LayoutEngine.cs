namespace KernKit.Build;

/// <summary>The door into a copy of this assembly that <see cref="EngineLoader"/> loaded.</summary>
internal static class LayoutEngine
{
    /// <summary>Brings the generated files of one project up to date.</summary>
    /// <param name="request">See <see cref="LayoutRequest.From"/>.</param>
    /// <returns><c>compile</c>, <c>fileWrites</c> (absolute paths) and <c>ran</c> (steps that ran).</returns>
    internal static IReadOnlyDictionary<string, object> Run(IReadOnlyDictionary<string, object> request)
    {
        var build = new LayoutBuild(LayoutRequest.From(request));
        build.Run();
        return new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["compile"] = build.Sources.ToArray(),
            ["fileWrites"] = build.WrittenFiles.ToArray(),
            ["ran"] = build.StepsRun,
        };
    }
}

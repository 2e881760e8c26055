namespace Architecture.Tests.Tidy;

/// <summary>Something that the house's files do not do.</summary>
/// <param name="Name">Short, with dashes; the violating samples use it.</param>
/// <param name="Applies">Which files are looked at, by relative path.</param>
/// <param name="Find">The lines (1-based, 0 for the file) that break the rule, and what to do instead.</param>
internal sealed record TidyRule(
    string Name, Func<string, bool> Applies, Func<SourceFile, IEnumerable<(int Line, string Message)>> Find)
{
    /// <summary>The findings in one file, as the test prints them.</summary>
    public IEnumerable<string> Check(SourceFile file) => !Applies(file.Path)
        ? []
        : Find(file).Select(found => $"{file.Path}({found.Line}): {Name}: {found.Message}");
}

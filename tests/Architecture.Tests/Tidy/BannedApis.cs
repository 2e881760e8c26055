using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Architecture.Tests.Tidy;

/// <summary>
/// What src/ does not call, what it calls instead, and the few places where it may. Found by name, without a
/// compilation: an alias could hide one, and nobody here writes aliases to hide something.
/// </summary>
internal static class BannedApis
{
    private static readonly Ban[] Bans =
    [
        new("DateTime", "Now", "local time depends on the machine: UtcNow, or a TimeProvider"),
        new("DateTime", "Today", "local time depends on the machine: UtcNow, or a TimeProvider"),
        new("DateTimeOffset", "Now", "local time depends on the machine: UtcNow, or a TimeProvider"),
        new("GC", "Collect", "memory that must go is disposed of"),
        new("Environment", "Exit", "return the exit status, so that everything is disposed of"),
        new("Random", "Shared", "a seed must replay the run: take a Random",
            "src/KernKit.Volumes/Extract/StagingDirectory.cs: names of temporary files must not repeat",
            "src/KernKit.Bpf/Helpers/StandardHelpers.cs: bpf_get_prandom_u32 is random",
            "src/KernKit.Bpf/Maps/KeyIndex.cs: a seed that an attacker must not know"),
        new("Thread", "Sleep", "wait for what you wait for, through the kqueue or a timer",
            "src/KernKit.Build/Hook/EngineLoader.cs: a file that is being written tells nobody when it is done",
            "src/kern/Output/StandardStream.cs: a descriptor that somebody else made non-blocking"),
        new("Console", "", "libraries return, throw or report; the command writes through its own ByteOutput",
            "src/kern/Verbs/Bpf/: standard input as a stream"),
        new("BinaryPrimitives", "", "structures are described in layouts/, and generated views read them",
            "src/KernKit.Bpf/: a machine whose instructions move bytes",
            "src/KernKit.Layout/: what generated code stands on",
            "src/KernKit.Volumes/Ufs/Check/CheckHash.cs: a hash over whole words",
            "src/KernKit.Volumes/Ufs/Check/FragmentWindow.cs: bitmaps by the word"),
        new("BitConverter", "", "structures are described in layouts/, and generated views read them",
            "src/KernKit.Bpf/: a machine whose instructions move bytes",
            "src/KernKit.Build/Honest/Landlock.cs: attributes of system calls",
            "src/KernKit.Build/Store/Snapshot: its own cache, of this machine alone",
            "src/KernKit.Layout.Compiler/Decode/ValueText.cs: floats from their bits",
            "src/KernKit.Volumes/Ufs/Check/CheckHash.cs: a hash over whole words"),
    ];

    /// <summary>The rule.</summary>
    public static TidyRule Rule { get; } = new(
        "banned-api",
        static path =>
            path.StartsWith("src/", StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal),
        Find);

    /// <summary>Allowed places that no longer use what they are allowed to.</summary>
    /// <param name="sources">All files.</param>
    /// <returns>Findings.</returns>
    public static IEnumerable<string> Unused(IReadOnlyList<SourceFile> sources) =>
        from ban in Bans
        from place in ban.AllowedPlaces
        where !sources.Any(file => file.IsCSharp
            && file.Path.StartsWith(Place(place), StringComparison.Ordinal) && Uses(file, ban).Any())
        select $"{Place(place)} does not use {ban.Name} any more: take it off the list";

    private static string Place(string allowed) => allowed.Split(':')[0];

    private static IEnumerable<(int Line, string Message)> Find(SourceFile file) =>
        from ban in Bans
        where !ban.AllowedPlaces.Any(place => file.Path.StartsWith(Place(place), StringComparison.Ordinal))
        from line in Uses(file, ban)
        select (line, $"{ban.Name}: {ban.Instead}");

    private static IEnumerable<int> Uses(SourceFile file, Ban ban) => file.Syntax.DescendantNodes()
        .OfType<MemberAccessExpressionSyntax>()
        .Where(access => LastName(access.Expression) == ban.Type
            && (ban.Member.Length == 0 || access.Name.Identifier.Text == ban.Member))
        .Select(access => file.LineOf(access));

    private static string LastName(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.Text,
        MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
        _ => "",
    };

    private sealed record Ban(string Type, string Member, string Instead, params string[] AllowedPlaces)
    {
        public string Name => Member.Length == 0 ? Type : $"{Type}.{Member}";
    }
}

using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Diagnostics;

/// <summary>Collects messages; keeps the first of each place, sorts, and caps what is shown.</summary>
internal sealed class DiagnosticBag
{
    /// <summary>Messages of one compilation: nobody reads more, and hostile text must not make more.</summary>
    public const int ShownMax = 100;

    // Collected before sorting; a cap well above what is shown, so that the first 100 by position are the real first.
    private const int CollectedMax = 2_000;

    private readonly List<LayoutDiagnostic> _items = [];
    private readonly HashSet<(string File, int Line, int Column)> _errorPlaces = [];

    public bool HasErrors { get; private set; }

    /// <summary>True once so much was reported that going on is useless.</summary>
    public bool IsFull => _items.Count >= CollectedMax;

    public void Error(SourcePlace place, string code, string message)
    {
        HasErrors = true;

        // One error a place: the second is nearly always an echo of the first.
        if (!IsFull && _errorPlaces.Add((place.File.Path, place.Line, place.Column)))
        {
            _items.Add(new LayoutDiagnostic(place.File.Path, place.Line, place.Column, code, IsError: true, message));
        }
    }

    public void Warning(SourcePlace place, string code, string message)
    {
        if (!IsFull)
        {
            _items.Add(new LayoutDiagnostic(place.File.Path, place.Line, place.Column, code, IsError: false, message));
        }
    }

    /// <summary>The messages sorted by file, line, column and code, at most <see cref="ShownMax"/>.</summary>
    public IReadOnlyList<LayoutDiagnostic> Sorted() =>
    [
        .. _items
            .OrderBy(static item => item.File, StringComparer.Ordinal)
            .ThenBy(static item => item.Line)
            .ThenBy(static item => item.Column)
            .ThenBy(static item => item.Code, StringComparer.Ordinal)
            .Take(ShownMax),
    ];
}

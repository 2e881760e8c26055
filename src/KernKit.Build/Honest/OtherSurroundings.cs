using System.Globalization;

namespace KernKit.Build;

/// <summary>Another directory, home, time zone and locale; for a class, another culture.</summary>
internal sealed record OtherSurroundings : Surroundings
{
    /// <inheritdoc/>
    public override void RunIn(Action action) => Cage.OnThread(() =>
    {
        try
        {
            // Turkish: dotted and dotless i, commas in numbers. Both have broken generators before.
            CultureInfo.CurrentCulture = new CultureInfo("tr-TR");
        }
        catch (CultureNotFoundException)
        {
            // A process without cultures has nothing to differ in.
        }

        action();
    });
}

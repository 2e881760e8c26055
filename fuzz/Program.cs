using System.Diagnostics;
using System.Globalization;
using KernKit.Fuzz;

// fuzz [TARGET] [--seed N] [--count N]: without a seed, the kept ones first and then new ones.

const long CountDefault = 10_000;
string? name = null;
ulong? seed = null;
var count = CountDefault;
for (var index = 0; index < args.Length; index++)
{
    var value = index + 1 < args.Length ? args[index + 1] : "";
    switch (args[index])
    {
        case "--seed" when ulong.TryParse(value, CultureInfo.InvariantCulture, out var given):
            seed = given;
            index++;
            break;
        case "--count" when long.TryParse(value, CultureInfo.InvariantCulture, out count) && count >= 0:
            index++;
            break;
        case var word when !word.StartsWith('-') && name is null:
            name = word;
            break;
        default:
            Console.Error.WriteLine($"fuzz: {args[index]}: not understood; it is fuzz [TARGET] [--seed N] [--count N]");
            return 2;
    }
}

var targets = FuzzTargets.All.Where(target => name is null || target.Name == name).ToList();
if (targets.Count == 0)
{
    var known = string.Join(' ', FuzzTargets.All.Select(static target => target.Name));
    Console.Error.WriteLine(name is null ? "fuzz: there are no targets" : $"fuzz: {name}: not one of: {known}");
    return 2;
}

foreach (var target in targets)
{
    var kept = seed is null ? KeptSeeds.Of(target.Name) : [];
    var first = seed ?? (ulong)Stopwatch.GetTimestamp();
    var finding = kept.Select(one => FuzzRunner.Run(target, one, 1)).FirstOrDefault(static found => found is not null)
        ?? FuzzRunner.Run(target, first, count);
    if (finding is not null)
    {
        Console.Error.WriteLine(finding);
        return 1;
    }

    Console.WriteLine($"{target.Name}: {kept.Count} kept seeds, then {count} from {first}: nothing found");
}

return 0;

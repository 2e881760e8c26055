using System.CommandLine;
using System.Globalization;

namespace KernKit.Command;

/// <summary>
/// Arguments and options that several verbs share; each verb gets its own instance and asks for the value by name.
/// </summary>
internal static class CommonOptions
{
    public const string ImageName = "IMAGE";
    public const string PathName = "PATH";
    public const string PartitionName = "--partition";
    public const string JsonName = "--json";
    public const string DigestName = "--digest";
    public const string DebugName = "--debug";

    public static Argument<string> Image() => new Argument<string>(ImageName)
    {
        Description = "A disk image or block device.",
        HelpName = ImageName,
    }.NotEmpty();

    /// <summary>Refuses "" for the name of a file.</summary>
    public static T NotEmpty<T>(this T argument)
        where T : Argument
    {
        argument.Validators.Add(static result =>
        {
            if (result.Tokens.Any(static token => token.Value.Length == 0))
            {
                result.AddError($"{result.Argument.Name}: the name of a file is not empty");
            }
        });
        return argument;
    }

    public static Argument<string?> Path() => new(PathName)
    {
        Description = "A path on the volume, from its root; the root itself if absent.",
        HelpName = PathName,
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Option<bool> Json() => new(JsonName) { Description = "Print JSON, one object a line." };

    public static Option<bool> Debug() => new(DebugName)
    {
        Description = "Show where in the program an error arose.",
        Recursive = true,
    };

    public static Option<int?> Partition()
    {
        return new Option<int?>(PartitionName, "-p")
        {
            Description = "Use partition N of the image, as 'kern info' numbers them.",
            HelpName = "N",
            CustomParser = static result =>
            {
                var word = result.Tokens[0].Value;
                if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
                {
                    return number;
                }

                result.AddError($"'{word}' is no partition: they are numbered from 1");
                return null;
            },
        };
    }

    public static Option<string?> Digest()
    {
        var option = new Option<string?>(DigestName)
        {
            Description = "Add the digest of each regular file's content.",
            HelpName = "sha256",
        };
        option.AcceptOnlyFromAmong("sha256");
        return option;
    }
}

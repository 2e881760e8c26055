using System.CommandLine;

namespace KernKit.Command;

/// <summary>Arguments and options that several verbs share.</summary>
internal static class CommonOptions
{
    public static readonly Argument<string> Image = new("IMAGE")
    {
        Description = "A disk image or block device.",
        HelpName = "IMAGE",
    };

    public static readonly Argument<string?> Path = new("PATH")
    {
        Description = "A path on the volume, from its root; the root itself if absent.",
        HelpName = "PATH",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static readonly Option<int?> Partition = MakePartition();

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print JSON, one object a line.",
    };

    public static readonly Option<string?> Digest = MakeDigest();

    public static readonly Option<bool> Debug = new("--debug")
    {
        Description = "Show where in the program an error arose.",
        Recursive = true,
    };

    private static Option<int?> MakePartition()
    {
        var option = new Option<int?>("--partition", "-p")
        {
            Description = "Use partition N of the image, as 'kern info' numbers them.",
            HelpName = "N",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var number) && number < 1)
            {
                result.AddError("partitions are numbered from 1");
            }
        });
        return option;
    }

    private static Option<string?> MakeDigest()
    {
        var option = new Option<string?>("--digest")
        {
            Description = "Add the digest of each regular file's content.",
            HelpName = "sha256",
        };
        option.AcceptOnlyFromAmong("sha256");
        return option;
    }
}

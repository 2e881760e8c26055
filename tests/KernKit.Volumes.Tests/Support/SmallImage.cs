namespace KernKit.Volumes.Tests;

/// <summary>
/// A fresh small volume to be changed by a test: a file, a directory with three entries, and free room.
/// </summary>
internal static class SmallImage
{
    private static readonly Lazy<Dictionary<string, byte[]>> _images = new(Make);

    /// <summary>Blocks of 4096 bytes in fragments of 512.</summary>
    public static UfsEditor Edit(string order, int version) => UfsEditor.Of([.. _images.Value[order + version]]);

    private static Dictionary<string, byte[]> Make()
    {
        var tree = new SourceTree();
        tree.Content("file", 10_000);
        tree.Directory("dir");
        tree.Content("dir/one", 1);
        tree.Content("dir/two", 2);
        tree.Link("dir/link", "one");
        var images = new Dictionary<string, byte[]>();
        foreach (var order in (string[])["le", "be"])
        {
            foreach (var version in (int[])[1, 2])
            {
                images[$"{order}{version}"] = tree.Make(
                    "-B", order, "-o", $"version={version},bsize=4096,fsize=512,maxbpcg=100", "-M", "3m");
            }
        }

        return images;
    }
}

namespace KernKit.Command.Tests;

/// <summary>A UFS2 image that Debian's makefs makes, once for all tests of a class.</summary>
public sealed class MadeImage : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public MadeImage()
    {
        Directory.CreateDirectory(_directory["tree/many"]);
        for (var i = 0; i < 4000; i++)
        {
            File.WriteAllText(
                _directory[$"tree/many/a-file-with-a-rather-long-name-{i:D4}"], i % 100 == 0 ? $"content {i}" : "");
        }

        // Modes in turns, and another owner: most files are alike, some are not.
        for (var i = 0; i < 40; i++)
        {
            File.SetUnixFileMode(_directory[$"tree/many/a-file-with-a-rather-long-name-{i:D4}"],
                (UnixFileMode)(i % 4 * 0x24 | 0x180));
        }

        Programs.Output("sh", "-c", $"chown 12:34 '{_directory["tree/many"]}'/*-000[3-5]");
        using (var large = File.Create(_directory["tree/large"]))
        {
            var noise = new byte[1 << 20];
            new Random(1).NextBytes(noise);
            for (var i = 0; i < 200; i++)
            {
                large.Write(noise);
            }
        }

        Programs.Output("makefs", "-t", "ffs", "-o", "version=2,bsize=16384,fsize=2048", Path, _directory["tree"]);
    }

    public string Path => _directory["disk.img"];

    public string Tree => _directory["tree"];

    public void Dispose() => _directory.Dispose();
}

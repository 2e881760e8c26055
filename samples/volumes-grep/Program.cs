// Searches the files of a disk image for a text, without mounting or extracting anything:
//
//     dotnet run --project samples/volumes-grep -- samples/disk.img kernel
//
// prints PATH:OFFSET for each file that holds it. Exit status as grep: 0 found, 1 not found, 2 trouble.
using System.Text;
using KernKit.Volumes;

if (args is not [var image, { Length: > 0 } text])
{
    Console.Error.WriteLine("usage: volumes-grep IMAGE TEXT");
    return 2;
}

var wanted = Encoding.UTF8.GetBytes(text);
var buffer = new byte[Math.Max(1 << 16, wanted.Length * 2)];
var found = 0;
var troubles = 0;
try
{
    using var volume = Volume.Open(FileDevice.Open(image));
    var walk = new VolumeWalk(volume, path: [], recursive: true, needAttributes: true, Complain);
    while (walk.MoveNext())
    {
        if (walk.Attributes.Type == NodeType.File)
        {
            Search(volume, walk);
        }
    }
}
catch (VolumeException error)
{
    // The image itself: absent, not a file system, or damaged where nothing can be read without it.
    Console.Error.WriteLine($"{image}: {error.Message}");
    return 2;
}

return troubles > 0 ? 2 : found > 0 ? 0 : 1;

void Search(Volume volume, VolumeWalk walk)
{
    try
    {
        var content = volume.OpenContent(walk.Attributes);
        var at = Find(content);
        if (at >= 0)
        {
            found++;
            Console.WriteLine($"{Encoding.UTF8.GetString(walk.Path)}:{at}");
        }
    }
    catch (VolumeException error)
    {
        // One damaged file does not end the search.
        Complain(new WalkProblem(walk.Path.ToArray(), error));
    }
}

// Where the text begins in a file, or -1. Holes are passed over: what they read as is no text.
long Find(FileContent content)
{
    var kept = 0;
    for (var offset = 0L; content.TryGetExtent(offset, out var extent);)
    {
        var end = extent.FileOffset + extent.Length;
        if (extent.Kind == ExtentKind.Hole)
        {
            kept = 0;
            offset = end;
            continue;
        }

        // The last bytes of a piece stay in front of the next one: the text may lie across.
        var count = content.Read(offset, buffer.AsSpan(kept, (int)Math.Min(buffer.Length - kept, end - offset)));
        var at = buffer.AsSpan(0, kept + count).IndexOf(wanted);
        if (at >= 0)
        {
            return offset - kept + at;
        }

        var keep = Math.Min(wanted.Length - 1, kept + count);
        buffer.AsSpan(kept + count - keep, keep).CopyTo(buffer);
        kept = keep;
        offset += count;
    }

    return -1;
}

void Complain(WalkProblem problem)
{
    troubles++;
    Console.Error.WriteLine($"{Encoding.UTF8.GetString(problem.Path)}: {problem.Error.Message}");
}

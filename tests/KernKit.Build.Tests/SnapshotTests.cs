namespace KernKit.Build.Tests;

/// <summary>The short proof that nothing is to do.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kernkit-snapshot-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void It_answers_one_question_while_all_that_was_looked_at_is_the_same_and_nothing_when_damaged()
    {
        var file = Path.Join(_root, "änd.txt");
        var missing = Path.Join(_root, "missing");
        var directory = Directory.CreateDirectory(Path.Join(_root, "listed")).FullName;
        var path = Path.Join(_root, "same");
        File.WriteAllText(file, "text");
        var snapshot = new Snapshot();
        snapshot.Add(file, new FileState(FileStamp.Of(file), "", long.MaxValue));
        snapshot.AddMissing(missing);
        snapshot.AddDirectory(directory, long.MaxValue);
        Assert.True(snapshot.IsSound);
        var bytes = snapshot.ToBytes("question ä", [new("SET", "1"), new("UNSET", null)],
            [new() { ["Path"] = file, ["Kind"] = "None" }]);
        File.WriteAllBytes(path, bytes);
        static string? Variable(string name) => name == "SET" ? "1" : null;

        Assert.Equal(file, Assert.Single(Snapshot.Answer(path, "question ä", Variable)!)["Path"]);
        Assert.True(Snapshot.Answers(path, "question ä", Variable));
        Assert.False(Snapshot.Answers(path, "question a", Variable));
        Assert.False(Snapshot.Answers(path, "question ä", static _ => null));
        Assert.False(Snapshot.Answers(path, "question ä", static _ => "1"));
        Assert.False(Snapshot.Answers(path + "?", "question ä", Variable));
        for (var at = 0; at < bytes.Length; at++)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[at] ^= 0x5a;
            foreach (var damaged in (byte[][])[flipped, bytes[..at]])
            {
                File.WriteAllBytes(path, damaged);
                Assert.False(Snapshot.Answers(path, "question ä", Variable));
                Assert.Null(Snapshot.Answer(path, "question ä", Variable));
            }
        }

        File.WriteAllBytes(path, bytes);
        File.WriteAllText(missing, "");
        Assert.False(Snapshot.Answers(path, "question ä", Variable));
        File.Delete(missing);
        Assert.True(Snapshot.Answers(path, "question ä", Variable));
        File.WriteAllText(Path.Join(directory, "new"), "");
        Assert.False(Snapshot.Answers(path, "question ä", Variable));
    }
}

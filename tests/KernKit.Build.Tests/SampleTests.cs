namespace KernKit.Build.Tests;

/// <summary>The samples print what they should.</summary>
public sealed class SampleTests
{
    [Theory]
    [InlineData("build-template", "X=1 Y=2 Z=3 ")]
    [InlineData("build-protobuf", "person.pb describes Person")]
    [InlineData("build-chain", "ELF")]
    public void Each_sample_runs(string name, string prints) =>
        Assert.Equal(prints + "\n", Kern.Good(
            Path.Join(Repository.Root, "samples", name), "dotnet", "run", "-v", "quiet"));
}

namespace KernKit.Volumes.Tests;

/// <summary>The images that other software made, against their manifests.</summary>
public abstract class UfsImageTests(string image) : VolumeSpec
{
    protected override Manifest Expected => Manifest.Of(image);

    protected override Volume Open() => Volume.Open(TestImage.Device(image));
}

public sealed class Ufs1LittleSmallTests() : UfsImageTests("ufs1-le-small");

public sealed class Ufs1BigSmallTests() : UfsImageTests("ufs1-be-small");

public sealed class Ufs2LittleSmallTests() : UfsImageTests("ufs2-le-small");

public sealed class Ufs2BigSmallTests() : UfsImageTests("ufs2-be-small");

public sealed class Ufs2FreeBsdTests() : UfsImageTests("ufs2-le-fbsd");

public sealed class Ufs1LittleFullTests() : UfsImageTests("ufs1-le-full");

public sealed class Ufs2BigFullTests() : UfsImageTests("ufs2-be-full");

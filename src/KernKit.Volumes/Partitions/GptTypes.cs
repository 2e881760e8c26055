namespace KernKit.Volumes.Partitions;

/// <summary>Names of GPT partition types (DragonFly sys/sys/gpt.h, NetBSD sys/sys/disklabel_gpt.h).</summary>
internal static class GptTypes
{
    private static readonly Dictionary<Guid, string> _names = new()
    {
        [new("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")] = "efi",
        [new("516e7cb4-6ecf-11d6-8ff8-00022d09712b")] = BsdTypes.FreeBsd,
        [new("83bd6b9d-7f41-11dc-be0b-001560b84f0f")] = "freebsd-boot",
        [new("516e7cb5-6ecf-11d6-8ff8-00022d09712b")] = "freebsd-swap",
        [new("516e7cb6-6ecf-11d6-8ff8-00022d09712b")] = "freebsd-ufs",
        [new("516e7cb8-6ecf-11d6-8ff8-00022d09712b")] = "freebsd-vinum",
        [new("516e7cba-6ecf-11d6-8ff8-00022d09712b")] = "freebsd-zfs",
        [new("49f48d5a-b10e-11dc-b99b-0019d1879648")] = "netbsd-ffs",
        [new("49f48d32-b10e-11dc-b99b-0019d1879648")] = "netbsd-swap",
        [new("824cc7a0-36a8-11e3-890a-952519ad3f61")] = BsdTypes.OpenBsd,
        [new("9d087404-1ca5-11dc-8817-01301bb8a9f5")] = BsdTypes.DragonFlyLabel32,
        [new("3d48ce54-1d16-11dc-8696-01301bb8a9f5")] = BsdTypes.DragonFlyLabel64,
        [new("9d58fdbd-1ca5-11dc-8817-01301bb8a9f5")] = "dragonfly-swap",
        [new("9d94ce7c-1ca5-11dc-8817-01301bb8a9f5")] = "dragonfly-ufs",
        [new("61dc63ac-6e38-11dc-8513-01301bb8a9f5")] = "dragonfly-hammer",
        [new("5cbb9ad1-862d-11dc-a94d-01301bb8a9f5")] = "dragonfly-hammer2",
        [new("0fc63daf-8483-4772-8e79-3d69d8477de4")] = "linux",
        [new("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7")] = "microsoft-data",
    };

    /// <summary>The name of a type, or its identifier.</summary>
    public static string Name(Guid type) => _names.TryGetValue(type, out var name) ? name : type.ToString();
}

using System.Runtime.InteropServices;

namespace KernKit.Build;

/// <summary>
/// The kernel's own means of taking file access away from a thread and all it starts: landlock(7), no privilege
/// needed. What is refused: opening for reading or writing, listing, creating, removing, renaming. What is not: asking
/// whether a file exists, and everything that is no file.
/// </summary>
internal static partial class Landlock
{
    private const long SystemCreateRuleset = 444;
    private const long SystemAddRule = 445;
    private const long SystemRestrictSelf = 446;
    private const uint CreateRulesetVersion = 1;
    private const int RulePathBeneath = 1;
    private const int PrctlNoNewPrivileges = 38;
    private const int OpenPath = 0x200000;

    private const ulong Execute = 1 << 0;
    private const ulong WriteFile = 1 << 1;
    private const ulong ReadFile = 1 << 2;
    private const ulong ReadDirectory = 1 << 3;
    private const ulong Truncate = 1 << 14;
    private const ulong DeviceControl = 1 << 15;
    private const ulong ReadRights = Execute | ReadFile | ReadDirectory;
    private const ulong FileRights = Execute | WriteFile | ReadFile | Truncate | DeviceControl;

    /// <summary>The kernel's version of Landlock; 0 if it has none or it is switched off.</summary>
    public static int Version { get; } = FindVersion();

    /// <summary>Restricts the calling thread for the rest of its life; let it end after that.</summary>
    /// <param name="readable">Files and directories that may be read and executed, absolute; missing ones are
    /// skipped.</param>
    /// <param name="writable">Directories (or devices) in which everything is allowed.</param>
    /// <exception cref="IOException">The kernel refuses.</exception>
    public static void RestrictThread(IEnumerable<string> readable, IEnumerable<string> writable)
    {
        // Rights by version: 1 has thirteen, 2 moves between directories, 3 truncates, 5 controls devices.
        var all = Version switch
        {
            1 => (1UL << 13) - 1,
            2 => (1UL << 14) - 1,
            3 or 4 => (1UL << 15) - 1,
            _ => (1UL << 16) - 1,
        };
        var ruleset = CreateRuleset(SystemCreateRuleset, [all], sizeof(ulong), 0);
        if (ruleset < 0)
        {
            throw new IOException("landlock_create_ruleset: " + Marshal.GetLastPInvokeErrorMessage());
        }

        try
        {
            foreach (var path in readable)
            {
                Allow((int)ruleset, path, ReadRights & all);
            }

            foreach (var path in writable)
            {
                Allow((int)ruleset, path, all);
            }

            if (Control(PrctlNoNewPrivileges, 1, 0, 0, 0) != 0 ||
                RestrictSelf(SystemRestrictSelf, (int)ruleset, 0) != 0)
            {
                throw new IOException("landlock_restrict_self: " + Marshal.GetLastPInvokeErrorMessage());
            }
        }
        finally
        {
            _ = Posix.Close((int)ruleset);
        }
    }

    private static int FindVersion()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        try
        {
            return Math.Max(0, (int)QueryVersion(SystemCreateRuleset, 0, 0, CreateRulesetVersion));
        }
        catch (EntryPointNotFoundException)
        {
            return 0;
        }
    }

    private static void Allow(int ruleset, string path, ulong rights)
    {
        var descriptor = Posix.Open(path, OpenPath | Posix.CloseOnExec);
        if (descriptor < 0)
        {
            return;
        }

        try
        {
            // A rule on what is no directory must not speak of directories.
            if (!Directory.Exists(path))
            {
                rights &= FileRights;
            }

            // struct landlock_path_beneath_attr is packed: u64 rights, s32 descriptor.
            var rule = new byte[12];
            BitConverter.TryWriteBytes(rule, rights);
            BitConverter.TryWriteBytes(rule.AsSpan(8), descriptor);
            if (AddRule(SystemAddRule, ruleset, RulePathBeneath, rule, 0) != 0)
            {
                throw new IOException($"landlock_add_rule {path}: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
        finally
        {
            _ = Posix.Close(descriptor);
        }
    }

    // The C library has no wrappers; the numbers are the same on every architecture.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long QueryVersion(long number, nint attributes, nint size, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long CreateRuleset(long number, ulong[] attributes, nint size, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long AddRule(long number, int ruleset, int kind, byte[] rule, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long RestrictSelf(long number, int ruleset, uint flags);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);
}

using System.Runtime.InteropServices;

namespace KernKit.Build;

/// <summary>
/// The few calls of the C library that starting a child needs and .NET does not offer: process groups, standard
/// streams that are files, another directory for the child alone. No pointer is kept by any of them after it returns;
/// the opaque structures are passed as byte arrays that are larger than they are on any C library (glibc: 80, 336 and
/// 128 bytes; musl: 80, 336 and 128).
/// </summary>
internal static partial class Posix
{
    /// <summary>Room for posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t.</summary>
    public const int OpaqueBytes = 512;

    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 1;
    public const int OpenNonblocking = 0x800;
    public const int OpenCreateAppend = 0x40 | 0x400;
    public const int CloseOnExec = 0x80000;
    public const short SpawnSetProcessGroup = 0x02;
    public const short SpawnSetSignalDefaults = 0x04;
    public const short SpawnSetSignalMask = 0x08;
    public const int SignalKill = 9;
    public const int ErrorInterrupted = 4;

    /// <summary>posix_spawn(3): returns an errno, 0 if the program was started.</summary>
    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Spawn(
        out int processId, string path, byte[] actions, byte[] attributes, string?[] arguments, string?[] environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int ActionsInit(byte[] actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int ActionsDestroy(byte[] actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ActionsAddOpen(byte[] actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int ActionsAddDuplicate(byte[] actions, int from, int to);

    // "np", not portable: glibc since 2.29, musl since 1.1.24.
    [LibraryImport(
        "libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ActionsAddDirectory(byte[] actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int AttributesInit(byte[] attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int AttributesDestroy(byte[] attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int AttributesSetFlags(byte[] attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    public static partial int AttributesSetGroup(byte[] attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int AttributesSetDefaults(byte[] attributes, byte[] signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int AttributesSetMask(byte[] attributes, byte[] signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int FillSignals(byte[] signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int EmptySignals(byte[] signals);

    /// <summary>waitpid(2): -1 with errno, or the process.</summary>
    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int Wait(int processId, out int status, int options);

    /// <summary>
    /// kill(2); a negative number means a process group. The result is not of interest: gone is gone.
    /// </summary>
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int processId, int signal);

    /// <summary>pipe2(2).</summary>
    [LibraryImport("libc", EntryPoint = "pipe2")]
    public static partial int Pipe(int[] descriptors, int flags);

    /// <summary>open(2): -1, or a descriptor.</summary>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    /// <summary>read(2): -1, or how many bytes there were.</summary>
    [LibraryImport("libc", EntryPoint = "read")]
    public static partial nint Read(int descriptor, byte[] bytes, nint count);

    /// <summary>write(2): -1, or how many bytes went.</summary>
    [LibraryImport("libc", EntryPoint = "write")]
    public static partial nint Write(int descriptor, byte[] bytes, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);
}

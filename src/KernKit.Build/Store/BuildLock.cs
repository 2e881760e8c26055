namespace KernKit.Build;

/// <summary>
/// One writer for an intermediate directory. The kernel drops the lock when its holder dies, so a killed build locks
/// nobody out. Advisory and per machine: over NFS, two machines building into one directory is not covered.
/// </summary>
internal sealed class BuildLock : IDisposable
{
    private const int AskAgainMilliseconds = 20;
    private readonly FileStream _file;

    private BuildLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, waiting for another build to end.</summary>
    /// <param name="path">Absolute path of the lock file; it is made if it is missing.</param>
    /// <param name="timeout">How long to wait; zero asks once, infinite waits as long as the holder lives.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The lock, or null if it could not be had in time.</returns>
    public static BuildLock? TryTake(string path, TimeSpan timeout, CancellationToken cancellation)
    {
        var deadline = timeout == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            try
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
                if (IsNamed(file, path))
                {
                    return new BuildLock(file);
                }

                // A clean deleted it between our opening it and our locking it: whoever comes next locks another file.
                file.Dispose();
            }
            catch (IOException) when (Directory.Exists(Path.GetDirectoryName(path)))
            {
                if (Environment.TickCount64 >= deadline || cancellation.WaitHandle.WaitOne(AskAgainMilliseconds))
                {
                    return null;
                }
            }
        }
    }

    /// <summary>Deletes the file, so that a clean leaves nothing; the lock is held until it is disposed of.</summary>
    public void Delete() => File.Delete(_file.Name);

    /// <summary>
    /// Releases the lock. The file stays: deleting it when it is no longer held could take it from another build.
    /// </summary>
    public void Dispose() => _file.Dispose();

    private static bool IsNamed(FileStream file, string path) =>
        !OperatingSystem.IsLinux() ||
        FileStamp.Of($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").Inode == FileStamp.Of(path).Inode;
}

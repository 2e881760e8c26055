namespace KernKit.Build;

/// <summary>
/// One writer for an intermediate directory. The kernel drops the lock when its holder dies, so a killed build locks
/// nobody out. Advisory and per machine: over NFS, two machines building into one directory is not covered.
/// </summary>
internal sealed class BuildLock : IDisposable
{
    private readonly FileStream _file;

    private BuildLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, waiting for another build to end.</summary>
    /// <param name="path">Absolute path of the lock file; it is made if it is missing.</param>
    /// <param name="timeout">How long to wait; zero asks once.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The lock, or null if it could not be had in time.</returns>
    public static BuildLock? TryTake(string path, TimeSpan timeout, CancellationToken cancellation)
    {
        for (var deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds; ;)
        {
            try
            {
                return new BuildLock(
                    new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (Directory.Exists(Path.GetDirectoryName(path)))
            {
                if (Environment.TickCount64 >= deadline || cancellation.WaitHandle.WaitOne(20))
                {
                    return null;
                }
            }
        }
    }

    /// <summary>
    /// Releases the lock. The file stays: deleting it would let two builds hold two files of one name.
    /// </summary>
    public void Dispose() => _file.Dispose();
}

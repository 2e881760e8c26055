using System.Text;

namespace KernKit.Volumes.Extract;

// Everything is made in a fresh directory ".kern-PID-xxxxxxxx" (mode 0700, so nobody else can play in it, unless the
// user's own umask lets him) and moved to its final names when it is whole:
//   DIR is absent    the staging directory lies beside it and becomes DIR in one rename;
//   DIR is there     the staging directory lies in it; its entries are moved up one by one, onto free names only.
//                    If one is taken in the meantime, those already moved are taken back.
// A killed process leaves at most the staging directory behind.

/// <summary>The place where a tree is made before it gets its final name.</summary>
internal sealed class StagingDirectory : IDisposable
{
    private readonly string _target;
    private readonly byte[] _finalName;
    private readonly byte[] _stagingName;
    private readonly Dictionary<string, int> _modesAfterMove = [];
    private int _outer;

    /// <summary>Makes the staging directory for a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="isTree">True if the staging directory will get the attributes of a directory of the volume; a new
    /// target for one other entry is the user's own directory, and his umask says its mode.</param>
    /// <exception cref="VolumeException">The target's parent is absent, or the system refuses.</exception>
    public StagingDirectory(string target, bool isTree)
    {
        SystemPath.Require(target);
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        _finalName = Terminated(Path.GetFileName(_target));
        _outer = Posix.TryOpenUserDirectory(Terminated(_target));
        IsNew = _outer == -Posix.Enoent && _finalName.Length > 1;
        if (IsNew)
        {
            _outer = Posix.TryOpenUserDirectory(Terminated(Path.GetDirectoryName(_target)!));
        }

        if (_outer < 0)
        {
            throw new VolumeException(VolumeError.System, $"{target}: {Posix.MessageOf(-_outer)}");
        }

        try
        {
            _stagingName = MakeStaging(IsNew && !isTree ? 0x1FF : 0x1C0);
            Descriptor = Posix.OpenDirectory(_outer, _stagingName);
        }
        catch
        {
            Posix.Close(_outer);
            throw;
        }
    }

    /// <summary>The open staging directory.</summary>
    public int Descriptor { get; private set; }

    /// <summary>True if the target did not exist: it becomes what the staging directory is.</summary>
    public bool IsNew { get; }

    /// <summary>Refuses if an entry of this name is in the target already.</summary>
    public void RequireFree(ReadOnlySpan<byte> name)
    {
        if (!IsNew && Posix.Exists(_outer, [.. name, 0]))
        {
            throw Taken(name);
        }
    }

    /// <summary>
    /// Sets the mode of a directory of the top only when it has its final name. Safe for several threads.
    /// </summary>
    public void SetModeAfterMove(byte[] name, int mode)
    {
        lock (_modesAfterMove)
        {
            _modesAfterMove[Convert.ToHexString(name)] = mode;
        }
    }

    /// <summary>Gives everything its final name.</summary>
    /// <exception cref="VolumeException">A name was taken meanwhile, or the system refuses; nothing keeps a final name
    /// then.</exception>
    public void Publish()
    {
        if (IsNew)
        {
            var errno = Posix.TryRename(_outer, _stagingName, _outer, _finalName);
            if (errno != 0)
            {
                throw errno is Posix.Eexist or Posix.Enotempty
                    ? new VolumeException(VolumeError.System, $"{_target} was made by somebody else meanwhile")
                    : Refused(errno);
            }

            return;
        }

        var moved = new List<byte[]>();
        foreach (var entry in DirectoryReader.List(Descriptor))
        {
            var errno = Move(entry.Name);
            if (errno != 0)
            {
                TakeBack(moved);
                throw errno == Posix.Eexist ? Taken(entry.Name.AsSpan()[..^1]) : Refused(errno);
            }

            moved.Add(entry.Name);
        }

        // It goes only if it is empty: nothing was forgotten.
        var left = Posix.TryRemove(_outer, _stagingName, isDirectory: true);
        if (left != 0)
        {
            TakeBack(moved);
            throw Refused(left);
        }

        Posix.Close(Descriptor);
        Descriptor = -1;
    }

    private void TakeBack(List<byte[]> moved)
    {
        foreach (var name in moved)
        {
            _ = Posix.TryRename(_outer, name, Descriptor, name);
        }
    }

    /// <summary>Removes the staging directory and all in it.</summary>
    public void Remove()
    {
        if (Descriptor >= 0)
        {
            TargetTree.RemoveContent(Descriptor);
            Posix.Close(Descriptor);
            Descriptor = -1;
        }

        _ = Posix.TryRemove(_outer, _stagingName, isDirectory: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Descriptor >= 0)
        {
            Posix.Close(Descriptor);
            Descriptor = -1;
        }

        if (_outer >= 0)
        {
            Posix.Close(_outer);
            _outer = -1;
        }
    }

    /// <summary>A name for something unfinished, which says whose it is.</summary>
    public static string UnfinishedName() => $".kern-{Environment.ProcessId}-{Random.Shared.Next():x8}";

    private static byte[] Terminated(string path) => Encoding.UTF8.GetBytes(path + "\0");

    private int Move(byte[] name)
    {
        if (!_modesAfterMove.TryGetValue(Convert.ToHexString(name), out var mode))
        {
            return Posix.TryRename(Descriptor, name, _outer, name);
        }

        var directory = Posix.OpenDirectory(Descriptor, name);
        try
        {
            var errno = Posix.TryRename(Descriptor, name, _outer, name);
            if (errno == 0)
            {
                _ = Posix.TrySetMode(directory, mode);
            }

            return errno;
        }
        finally
        {
            Posix.Close(directory);
        }
    }

    private VolumeException Taken(ReadOnlySpan<byte> name) => new(VolumeError.System,
        $"{_target}/{ShownPath.Of(name)} exists already, and nothing is replaced: extract to another directory");

    private VolumeException Refused(int errno) =>
        new(VolumeError.System, $"cannot move the result to {_target}: {Posix.MessageOf(errno)}");

    private byte[] MakeStaging(int mode)
    {
        for (var tries = 0; ; tries++)
        {
            var name = Terminated(UnfinishedName());
            try
            {
                Posix.MakeDirectory(_outer, name, mode);
                return name;
            }
            catch (VolumeException) when (tries < 16)
            {
                // Taken: the name is drawn again.
            }
            catch (TargetException refused)
            {
                throw new VolumeException(VolumeError.System, $"{_target}: {refused.Message}");
            }
        }
    }
}

using System.Text;

namespace KernKit.Volumes.Extract;

/// <summary>A file that is written under an unfinished name, and gets its own when it is whole.</summary>
internal sealed class StagingFile : IDisposable
{
    private const int UserMode = 0x1B6;
    private readonly string _target;
    private readonly byte[] _finalName;
    private readonly byte[] _unfinishedName;
    private readonly int _directory;
    private readonly int _file;
    private bool _published;

    /// <summary>Creates the file under its unfinished name.</summary>
    /// <exception cref="VolumeException">The target exists, or the system refuses.</exception>
    public StagingFile(string target)
    {
        SystemPath.Require(target);
        _target = Path.GetFullPath(target);
        _finalName = Encoding.UTF8.GetBytes(Path.GetFileName(_target) + "\0");
        _unfinishedName = Encoding.UTF8.GetBytes(StagingDirectory.UnfinishedName() + "\0");
        _directory = Posix.TryOpenUserDirectory(Encoding.UTF8.GetBytes(Path.GetDirectoryName(_target) + "\0"));
        if (_directory < 0)
        {
            throw new VolumeException(VolumeError.System, $"{target}: {Posix.MessageOf(-_directory)}");
        }

        try
        {
            if (Posix.Exists(_directory, _finalName))
            {
                throw Taken();
            }

            // With the user's umask, since this file is the user's own.
            _file = Posix.CreateFile(_directory, _unfinishedName, UserMode);
        }
        catch (TargetException refused)
        {
            Posix.Close(_directory);
            throw new VolumeException(VolumeError.System, $"{target}: {refused.Message}", inner: refused);
        }
        catch
        {
            Posix.Close(_directory);
            throw;
        }

        Content = new DescriptorStream(_file);
    }

    /// <summary>The content.</summary>
    public Stream Content { get; }

    /// <summary>Gives the file its name.</summary>
    /// <exception cref="VolumeException">The name was taken meanwhile, or the system refuses.</exception>
    public void Publish()
    {
        var errno = Posix.TryRename(_directory, _unfinishedName, _directory, _finalName);
        if (errno != 0)
        {
            throw errno == Posix.Eexist
                ? Taken()
                : new VolumeException(
                    VolumeError.System, $"cannot name the result {_target}: {Posix.MessageOf(errno)}");
        }

        _published = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Posix.Close(_file);
        if (!_published)
        {
            _ = Posix.TryRemove(_directory, _unfinishedName, isDirectory: false);
        }

        Posix.Close(_directory);
    }

    private VolumeException Taken() =>
        new(VolumeError.System,
            $"{_target} exists already, and nothing is replaced: remove it, or choose another name");
}

namespace KernKit.Volumes;

/// <summary>What a node of a file system is.</summary>
public enum NodeType : byte
{
    /// <summary>A directory entry that does not say; read the attributes.</summary>
    Unknown,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A named pipe.</summary>
    Fifo,

    /// <summary>A local socket.</summary>
    Socket,

    /// <summary>A whiteout of a union mount.</summary>
    Whiteout,
}

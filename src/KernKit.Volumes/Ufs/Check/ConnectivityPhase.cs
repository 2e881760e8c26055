using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

// Phases 3 and 4, once all directories are read. Every directory but the root has a parent that names it; from parent
// to parent each must come to the root. Paths are followed from each directory up to one that is decided already,
// then decided all at once, so the work is linear. Marks lie in an array of one byte a directory.

/// <summary>Finds directories that the root does not reach, and link counts that differ from the names found.</summary>
internal sealed class ConnectivityPhase<TOrder>(CheckGeometry geometry, CheckSink sink, InodeWindow window,
    InodeScan<TOrder> scan)
    where TOrder : struct, Layouts.IByteOrder
{
    private const byte Undecided = 0;
    private const byte OnPath = 1;
    private const byte Reached = 2;
    private const byte Lost = 3;

    public void Run()
    {
        if (window.Contains(UfsConstants.RootInode) && window.Type(UfsConstants.RootInode) != FileType.Directory)
        {
            sink.Add(CheckRule.RootDirectory, $"inode {UfsConstants.RootInode}.mode",
                geometry.InodeOffset(UfsConstants.RootInode),
                $"is a {FileType.Name(window.Type(UfsConstants.RootInode))}, must be a directory");
        }

        CheckPaths();
        CheckLinks();
    }

    private void CheckPaths()
    {
        var marks = new byte[window.Directories];
        for (var index = 0; index < marks.Length; index++)
        {
            if (marks[index] == Undecided)
            {
                Decide(marks, index, Climb(marks, index));
            }
        }
    }

    /// <summary>Follows parents from a directory; every directory passed is marked as being on the path.</summary>
    private byte Climb(byte[] marks, int index)
    {
        while (true)
        {
            var number = window.DirectoryNumber(index);
            if (number == UfsConstants.RootInode)
            {
                marks[index] = OnPath;
                return Reached;
            }

            if ((window.State(number) & InodeState.HasParent) == 0)
            {
                marks[index] = OnPath;
                sink.Add(CheckRule.DirectoryUnreachable, $"inode {number}", geometry.InodeOffset(number),
                    "is a directory that no directory names, must have a name");
                return Lost;
            }

            marks[index] = OnPath;
            long parent = window.Link(index);
            if (!window.Contains(parent))
            {
                return Reached;
            }

            index = window.IndexOf(parent);
            if (marks[index] == OnPath)
            {
                sink.Add(CheckRule.DirectoryCycle, $"inode {parent}", geometry.InodeOffset(parent),
                    "is a directory below itself, must be below the root");
                return Lost;
            }

            if (marks[index] != Undecided)
            {
                return marks[index];
            }
        }
    }

    private void Decide(byte[] marks, int index, byte mark)
    {
        while (index >= 0 && marks[index] == OnPath)
        {
            marks[index] = mark;
            var number = window.DirectoryNumber(index);
            if (number == UfsConstants.RootInode || (window.State(number) & InodeState.HasParent) == 0)
            {
                return;
            }

            long parent = window.Link(index);
            index = window.Contains(parent) ? window.IndexOf(parent) : -1;
        }
    }

    private void CheckLinks()
    {
        for (var number = window.Start; number < window.End; number++)
        {
            var state = window.State(number);
            var isDirectory = window.Type(number) == FileType.Directory;

            // No name and a link count of 0 agree, and yet such an inode holds what nobody reaches.
            var isForgotten = !isDirectory && (state & InodeState.NoLinks) != 0;
            if ((state & InodeState.Allocated) == 0 || (window.Missing(number) == 0
                && (state & InodeState.Excess) == 0 && !isForgotten))
            {
                continue;
            }

            var isLostDirectory = isDirectory && number != UfsConstants.RootInode
                && (state & InodeState.HasParent) == 0;
            if (!isLostDirectory && scan.TryReadOne(number, out var inode))
            {
                Report(inode, (ushort)(inode.LinkCount - window.Missing(number)));
            }
        }
    }

    private void Report(in InodeFacts inode, int names)
    {
        var at = inode.Offset + InodeDecoder<TOrder>.LinkCountAt(geometry.IsUfs2);
        if (names != 0)
        {
            sink.Add(CheckRule.LinkCount, $"inode {inode.Number}.nlink", at, $"is {inode.LinkCount}, must be {names}");
        }
        else if (!inode.IsJournal)
        {
            sink.Add(CheckRule.UnreferencedInode, $"inode {inode.Number}", inode.Offset,
                $"is allocated ({FileType.Name(inode.Type)}, {inode.Bytes} bytes), but no directory names it");
        }
    }
}

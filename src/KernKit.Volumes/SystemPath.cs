using System.Text;

namespace KernKit.Volumes;

/// <summary>Paths of this system, which come as text: bytes that are no text would turn into another name on the
/// way.</summary>
internal static class SystemPath
{
    /// <summary>Refuses a path that UTF-8 cannot carry.</summary>
    /// <exception cref="VolumeException">It holds half of a surrogate pair.</exception>
    public static void Require(string path)
    {
        for (var i = 0; i < path.Length;)
        {
            if (!Rune.TryGetRuneAt(path, i, out var rune))
            {
                throw new VolumeException(
                    VolumeError.System, $"{path}: the name is not UTF-8: give it another one, or a symbolic link");
            }

            i += rune.Utf16SequenceLength;
        }
    }
}

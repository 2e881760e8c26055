using System.Globalization;
using System.Text;

namespace KernKit.Volumes;

/// <summary>Paths in messages: text as it is; control characters and bytes that are not UTF-8 as <c>\ooo</c>, so that a
/// crafted name cannot write to a terminal.</summary>
internal static class ShownPath
{
    public static string Of(ReadOnlySpan<byte> path)
    {
        var shown = new StringBuilder(path.Length);
        while (!path.IsEmpty)
        {
            var isText = Rune.DecodeFromUtf8(path, out var rune, out var count) == System.Buffers.OperationStatus.Done;
            if (isText && !Rune.IsControl(rune) && rune.Value != '\\')
            {
                shown.Append(rune.ToString());
            }
            else
            {
                foreach (var octet in path[..count])
                {
                    shown.Append(CultureInfo.InvariantCulture, $"\\{Convert.ToString(octet, 8).PadLeft(3, '0')}");
                }
            }

            path = path[count..];
        }

        return shown.ToString();
    }
}

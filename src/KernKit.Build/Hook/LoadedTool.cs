namespace KernKit.Build;

/// <summary>A file of code that runs in this engine.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Stamp">The same before and after the bytes were read.</param>
/// <param name="ReadAtNanoseconds">The clock before that.</param>
/// <param name="Bytes">What was loaded; null where the file itself is the program.</param>
internal sealed record LoadedTool(string Path, FileStamp Stamp, long ReadAtNanoseconds, byte[]? Bytes);

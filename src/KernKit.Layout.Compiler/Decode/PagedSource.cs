namespace KernKit.Layout.Compiler.Decode;

/// <summary>Small reads from a source, through a few pages: memory does not grow with the source.</summary>
internal sealed class PagedSource(ILayoutSource source)
{
    private const int PageBytes = 1 << 14;
    private const int Pages = 64;

    private readonly byte[]?[] _pages = new byte[Pages][];
    private readonly long[] _numbers = new long[Pages];

    public long Length { get; } = source.Length;

    /// <summary>Reads whole spans only; false if some of it lies outside.</summary>
    public bool TryRead(long offset, Span<byte> target)
    {
        if (offset < 0 || offset > Length || target.Length > Length - offset)
        {
            return false;
        }

        while (!target.IsEmpty)
        {
            long number = offset / PageBytes;
            int inPage = (int)(offset % PageBytes);
            ReadOnlySpan<byte> piece = Page(number)[inPage..];
            int taken = Math.Min(piece.Length, target.Length);
            piece[..taken].CopyTo(target);
            target = target[taken..];
            offset += taken;
        }

        return true;
    }

    private ReadOnlySpan<byte> Page(long number)
    {
        int slot = (int)(number % Pages);
        int bytes = (int)Math.Min(PageBytes, Length - (number * PageBytes));
        byte[]? page = _pages[slot];
        if (page is null || _numbers[slot] != number)
        {
            page ??= new byte[PageBytes];
            source.Read(number * PageBytes, page.AsSpan(0, bytes));
            _pages[slot] = page;
            _numbers[slot] = number;
        }

        return page.AsSpan(0, bytes);
    }
}

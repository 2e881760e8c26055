using System.Buffers;
using System.Globalization;

namespace KernKit.Layout;

/// <summary>
/// Bytes of a record while it is written: grows, and may be written anywhere, so lengths are patched back.
/// </summary>
/// <remarks>
/// Generated writers rent one, fill it in order of offsets, patch, read the result back through a view, and only then
/// hand it over: a record that does not read back never leaves. One thread at a time.
/// </remarks>
public sealed class LayoutBuilder : IDisposable
{
    /// <summary>Bytes of one record: what a view may have.</summary>
    public const int LengthMax = 64 << 20;

    [ThreadStatic]
    private static LayoutBuilder? _idle;

    private byte[] _bytes = new byte[512];

    private LayoutBuilder()
    {
    }

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>What is written so far; valid until the next call that grows it.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>An empty builder; dispose it to give it back to this thread.</summary>
    /// <returns>A builder that nobody else uses.</returns>
    public static LayoutBuilder Rent()
    {
        LayoutBuilder builder = _idle ?? new LayoutBuilder();
        _idle = null;
        builder.Length = 0;
        return builder;
    }

    /// <summary>A number that a field of a range can hold.</summary>
    /// <param name="value">The number.</param>
    /// <param name="min">The least that the field holds.</param>
    /// <param name="max">The most that the field holds.</param>
    /// <param name="field">The field, for the message.</param>
    /// <returns>The number.</returns>
    /// <exception cref="LayoutException">The number does not fit.</exception>
    public static long Fit(long value, long min, long max, string field)
    {
        if (value >= min && value <= max)
        {
            return value;
        }

        throw new LayoutException(string.Create(
            CultureInfo.InvariantCulture, $"{field} would have to be {value}, and holds {min} to {max}: write less"));
    }

    /// <summary>The quotient of a division that must come out even.</summary>
    /// <param name="value">What is divided.</param>
    /// <param name="divisor">By what; not 0.</param>
    /// <param name="field">The field that counts, for the message.</param>
    /// <returns>The quotient.</returns>
    /// <exception cref="LayoutException">It does not come out even.</exception>
    public static long Exact(long value, long divisor, string field)
    {
        if (value % divisor == 0)
        {
            return value / divisor;
        }

        throw new LayoutException(string.Create(
            CultureInfo.InvariantCulture, $"{field} counts in units of {divisor}, and {value} is no multiple of it"));
    }

    /// <summary>Makes it at least so long; new bytes are zero.</summary>
    /// <param name="length">Bytes, 0 to <see cref="LengthMax"/>.</param>
    /// <exception cref="LayoutException">The record would be too long.</exception>
    public void Extend(int length)
    {
        if (length <= Length)
        {
            return;
        }

        if (length > LengthMax)
        {
            throw new LayoutException(string.Create(
                CultureInfo.InvariantCulture, $"a record of {length} bytes is over {LengthMax}: split it"));
        }

        if (length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(length, Math.Min(_bytes.Length * 2, LengthMax)));
        }

        _bytes.AsSpan(Length, length - Length).Clear();
        Length = length;
    }

    /// <summary>Bytes at an offset; it grows if they lie behind its end.</summary>
    /// <param name="at">Bytes from the start.</param>
    /// <param name="length">Bytes.</param>
    /// <returns>The bytes, writable until the next call that grows it.</returns>
    public Span<byte> Slice(int at, int length)
    {
        Extend(checked(at + length));
        return _bytes.AsSpan(at, length);
    }

    /// <summary>A reference to bytes at an offset, for a store of a number.</summary>
    /// <param name="at">Bytes from the start.</param>
    /// <param name="length">Bytes of the number, 1 or more.</param>
    /// <returns>The first of them.</returns>
    public ref byte At(int at, int length) => ref Slice(at, length)[0];

    /// <summary>Puts bytes at an offset.</summary>
    /// <param name="at">Bytes from the start.</param>
    /// <param name="bytes">Any number.</param>
    /// <returns>The offset behind them.</returns>
    public int Put(int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Slice(at, bytes.Length));
        return at + bytes.Length;
    }

    /// <summary>Puts bytes into a part of a stated length; what is missing is filled up.</summary>
    /// <param name="at">Bytes from the start.</param>
    /// <param name="bytes">At most as many as the part has.</param>
    /// <param name="length">Bytes of the part.</param>
    /// <param name="fill">The byte that fills it up.</param>
    /// <param name="field">The field, for the message.</param>
    /// <exception cref="LayoutException">There are more bytes than the part has.</exception>
    public void PutFixed(int at, ReadOnlySpan<byte> bytes, int length, byte fill, string field)
    {
        if (bytes.Length > length)
        {
            throw new LayoutException(string.Create(
                CultureInfo.InvariantCulture, $"{field} has room for {length} bytes, {bytes.Length} are given"));
        }

        Span<byte> part = Slice(at, length);
        bytes.CopyTo(part);
        part[bytes.Length..].Fill(fill);
    }

    /// <summary>Starts a part with the bytes that it had before, as far as there were any.</summary>
    /// <param name="at">Bytes from the start.</param>
    /// <param name="length">Bytes of the part.</param>
    /// <param name="old">The record as it was.</param>
    /// <param name="oldAt">Where the part lay in it.</param>
    public void Keep(int at, int length, ReadOnlySpan<byte> old, int oldAt)
    {
        Span<byte> part = Slice(at, length);
        if (oldAt >= 0 && oldAt < old.Length)
        {
            old.Slice(oldAt, Math.Min(length, old.Length - oldAt)).CopyTo(part);
        }
    }

    /// <summary>Hands the record over.</summary>
    /// <param name="target">Where it goes.</param>
    public void CopyTo(IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        target.Write(Written);
    }

    /// <summary>Gives the builder back to this thread.</summary>
    public void Dispose()
    {
        if (_bytes.Length <= 1 << 20)
        {
            _idle = this;
        }
    }
}

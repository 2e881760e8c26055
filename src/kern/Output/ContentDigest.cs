using System.Security.Cryptography;
using KernKit.Volumes;

namespace KernKit.Command.Output;

/// <summary>Computes the SHA-256 of files' contents, one after the other.</summary>
internal sealed class ContentDigest : IDisposable
{
    private readonly byte[] _buffer = new byte[1 << 18];
    private readonly byte[] _digest = new byte[SHA256.HashSizeInBytes];
    private IncrementalHash? _hash;

    /// <summary>The digest of a regular file, valid until the next call.</summary>
    /// <exception cref="VolumeException">The content is damaged or cannot be read.</exception>
    public ReadOnlySpan<byte> Compute(Volume volume, in NodeAttributes file)
    {
        var content = volume.OpenContent(file);
        if (content.Length <= _buffer.Length)
        {
            var length = ReadPiece(content, 0, _buffer);
            SHA256.HashData(_buffer.AsSpan(0, length), _digest);
            return _digest;
        }

        _hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long offset = 0; offset < content.Length;)
        {
            var length = ReadPiece(content, offset, _buffer);
            _hash.AppendData(_buffer, 0, length);
            offset += length;
        }

        _hash.GetHashAndReset(_digest);
        return _digest;
    }

    /// <summary>Reads the next piece of a file; never less than there must be.</summary>
    /// <exception cref="VolumeException">The content ends before its length.</exception>
    public static int ReadPiece(FileContent content, long offset, Span<byte> buffer)
    {
        var expected = (int)Math.Min(buffer.Length, content.Length - offset);
        var length = expected == 0 ? 0 : content.Read(offset, buffer[..expected]);
        return length == expected
            ? length
            : throw new VolumeException(VolumeError.Damaged,
                $"the content ends at byte {offset + length} of {content.Length}");
    }

    /// <inheritdoc/>
    public void Dispose() => _hash?.Dispose();
}

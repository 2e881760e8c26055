using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Security.Cryptography;

namespace KernKit.Layout;

/// <summary>Computes one check over bytes that come in pieces.</summary>
/// <remarks>
/// <para>Generated code makes one for each term of a <c>check</c> clause, appends its ranges in order and asks for the
/// result once. A hole is two ranges; a field that counts as zero is a range with zeros in it; a prefix is one range.
/// These are three different things, and the schema says which.</para>
/// <para>The hash objects of the platform are kept for each thread while nobody uses them, so that verifying allocates
/// nothing once it is warm. One thread at a time.</para>
/// </remarks>
public ref struct LayoutCheck
{
    /// <summary>The longest result, in bytes.</summary>
    public const int SizeMax = 32;

    // Adler's modulus; 5,552 bytes are the most that 32-bit sums hold before it is applied.
    private const uint AdlerModulus = 65521;
    private const int AdlerRun = 5552;

    [ThreadStatic]
    private static Crc32? _idleCrc32;

    [ThreadStatic]
    private static XxHash64? _idleXxHash64;

    // The last one of another seed than 0: a format has one seed.
    [ThreadStatic]
    private static XxHash64? _idleSeeded;

    [ThreadStatic]
    private static ulong _idleSeed;

    [ThreadStatic]
    private static IncrementalHash? _idleSha256;

    private readonly LayoutCheckAlgorithm _algorithm;
    private readonly Crc32? _crc32;
    private readonly XxHash64? _xxHash64;
    private readonly ulong _seed;
    private readonly IncrementalHash? _sha256;
    private ulong _first;
    private ulong _second;
    private uint _word;
    private int _wordBytes;

    /// <summary>Starts a check.</summary>
    /// <param name="algorithm">One that has a result: neither unknown nor none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The algorithm has no result.</exception>
    public LayoutCheck(LayoutCheckAlgorithm algorithm)
    {
        _algorithm = algorithm;
        switch (algorithm)
        {
            case LayoutCheckAlgorithm.Crc32:
                _crc32 = _idleCrc32 ?? new Crc32();
                _idleCrc32 = null;
                _crc32.Reset();
                break;
            case LayoutCheckAlgorithm.XxHash64:
                _xxHash64 = _idleXxHash64 ?? new XxHash64();
                _idleXxHash64 = null;
                _xxHash64.Reset();
                break;
            case LayoutCheckAlgorithm.Sha256 or LayoutCheckAlgorithm.Sha256Folded:
                _sha256 = _idleSha256 ?? IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                _idleSha256 = null;
                break;
            case LayoutCheckAlgorithm.Crc32C or LayoutCheckAlgorithm.Crc32CRaw:
                _first = uint.MaxValue;
                break;
            case LayoutCheckAlgorithm.Adler32:
                _first = 1;
                break;
            case LayoutCheckAlgorithm.Fletcher16 or LayoutCheckAlgorithm.Fletcher32 or LayoutCheckAlgorithm.Fletcher64:
            case LayoutCheckAlgorithm.Internet or LayoutCheckAlgorithm.Xor16:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "the algorithm has no result");
        }
    }

    /// <summary>Starts a check from a seed.</summary>
    /// <param name="algorithm">xxHash64, or CRC-32C whose register then starts with the seed, not with ones.</param>
    /// <param name="seed">32 bits for CRC-32C.</param>
    /// <exception cref="ArgumentOutOfRangeException">The algorithm takes no seed.</exception>
    public LayoutCheck(LayoutCheckAlgorithm algorithm, ulong seed)
    {
        _algorithm = algorithm;
        switch (algorithm)
        {
            case LayoutCheckAlgorithm.XxHash64 when seed == 0:
                this = new LayoutCheck(algorithm);
                break;
            case LayoutCheckAlgorithm.XxHash64:
                _seed = seed;
                _xxHash64 = _idleSeeded is not null && _idleSeed == seed
                    ? _idleSeeded
                    : new XxHash64(unchecked((long)seed));
                _idleSeeded = null;
                _xxHash64.Reset();
                break;
            case LayoutCheckAlgorithm.Crc32C or LayoutCheckAlgorithm.Crc32CRaw:
                _first = (uint)seed;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "the algorithm takes no seed");
        }
    }

    private static ReadOnlySpan<byte> Zeros => new byte[64];

    /// <summary>Bytes of one word of the algorithms that sum words.</summary>
    private readonly int WordSize => _algorithm switch
    {
        LayoutCheckAlgorithm.Fletcher16 => 1,
        LayoutCheckAlgorithm.Fletcher64 => 4,
        _ => 2,
    };

    /// <summary>Takes the next bytes.</summary>
    /// <param name="bytes">Any number, in order.</param>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        switch (_algorithm)
        {
            case LayoutCheckAlgorithm.Crc32:
                _crc32!.Append(bytes);
                break;
            case LayoutCheckAlgorithm.XxHash64:
                _xxHash64!.Append(bytes);
                break;
            case LayoutCheckAlgorithm.Sha256 or LayoutCheckAlgorithm.Sha256Folded:
                _sha256!.AppendData(bytes);
                break;
            case LayoutCheckAlgorithm.Crc32C or LayoutCheckAlgorithm.Crc32CRaw:
                _first = Crc32C((uint)_first, bytes);
                break;
            case LayoutCheckAlgorithm.Adler32:
                AppendAdler(bytes);
                break;
            default:
                AppendWords(bytes);
                break;
        }
    }

    /// <summary>Takes bytes that count as zero.</summary>
    /// <param name="count">Bytes, 0 or more.</param>
    public void AppendZeros(long count)
    {
        ReadOnlySpan<byte> zeros = Zeros;
        for (long left = count; left > 0; left -= zeros.Length)
        {
            Append(zeros[..(int)Math.Min(left, zeros.Length)]);
        }
    }

    /// <summary>Takes a range of a structure, in which some parts count as zero.</summary>
    /// <param name="all">The bytes of the structure.</param>
    /// <param name="from">The first byte.</param>
    /// <param name="to">Behind the last byte.</param>
    /// <param name="zeroed">Pairs of an offset and a length, ascending, that lie in the structure.</param>
    /// <returns>False if the range leaves the structure; nothing is taken then.</returns>
    public bool TryAppend(ReadOnlySpan<byte> all, long from, long to, params ReadOnlySpan<int> zeroed)
    {
        if (from < 0 || to < from || to > all.Length)
        {
            return false;
        }

        int at = (int)from;
        for (int i = 0; i + 1 < zeroed.Length; i += 2)
        {
            int zeroAt = Math.Clamp(zeroed[i], at, (int)to);
            int zeroEnd = Math.Clamp(zeroed[i] + zeroed[i + 1], zeroAt, (int)to);
            Append(all[at..zeroAt]);
            AppendZeros(zeroEnd - zeroAt);
            at = zeroEnd;
        }

        Append(all[at..(int)to]);
        return true;
    }

    /// <summary>The result as a number; ends the check.</summary>
    /// <returns>As many low bits as the algorithm has.</returns>
    public ulong ToInteger()
    {
        Flush();
        switch (_algorithm)
        {
            case LayoutCheckAlgorithm.Crc32:
                _idleCrc32 = _crc32;
                return _crc32!.GetCurrentHashAsUInt32();
            case LayoutCheckAlgorithm.XxHash64:
                if (_seed == 0)
                {
                    _idleXxHash64 = _xxHash64;
                }
                else
                {
                    (_idleSeeded, _idleSeed) = (_xxHash64, _seed);
                }

                return _xxHash64!.GetCurrentHashAsUInt64();
            case LayoutCheckAlgorithm.Crc32C:
                return (uint)~_first;
            case LayoutCheckAlgorithm.Adler32:
                return (_second << 16) | _first;
            case LayoutCheckAlgorithm.Fletcher16:
                return (_second << 8) | _first;
            case LayoutCheckAlgorithm.Fletcher32:
                return (_second << 16) | _first;
            case LayoutCheckAlgorithm.Fletcher64:
                return (_second << 32) | _first;
            case LayoutCheckAlgorithm.Internet:
                return (ushort)~_first;
            default:
                return _first;
        }
    }

    /// <summary>The result as a 16-bit number read in one order from the bytes that the algorithm defines.</summary>
    /// <param name="isLittleEndian">The order of the field that holds the check.</param>
    /// <returns>The number. RFC 1071's sum is the same bytes in either order of computing.</returns>
    public ulong ToInteger(bool isLittleEndian)
    {
        ulong value = ToInteger();
        bool isSwapped = (_algorithm == LayoutCheckAlgorithm.Internet && isLittleEndian)
            || (_algorithm == LayoutCheckAlgorithm.Xor16 && !isLittleEndian);
        return isSwapped ? BinaryPrimitives.ReverseEndianness((ushort)value) : value;
    }

    /// <summary>The first bytes of a digest; ends the check.</summary>
    /// <param name="target">1 to 32 bytes, 16 to 32 for a folded one; a shorter one gets the first bytes.</param>
    public readonly void CopyTo(Span<byte> target)
    {
        Span<byte> digest = stackalloc byte[SizeMax];
        _ = _sha256!.GetHashAndReset(digest);
        _idleSha256 = _sha256;
        int length = Math.Min(target.Length, SizeMax);
        if (_algorithm == LayoutCheckAlgorithm.Sha256Folded)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(length, SizeMax / 2);
            for (int i = length; i < SizeMax; i++)
            {
                digest[i - (SizeMax - length)] ^= digest[i];
            }
        }

        digest[..length].CopyTo(target);
    }

    private static uint Crc32C(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return crc;
    }

    private void AppendAdler(ReadOnlySpan<byte> bytes)
    {
        uint first = (uint)_first;
        uint second = (uint)_second;
        while (bytes.Length > 0)
        {
            ReadOnlySpan<byte> run = bytes[..Math.Min(bytes.Length, AdlerRun)];
            foreach (byte one in run)
            {
                first += one;
                second += first;
            }

            first %= AdlerModulus;
            second %= AdlerModulus;
            bytes = bytes[run.Length..];
        }

        _first = first;
        _second = second;
    }

    private void AppendWords(ReadOnlySpan<byte> bytes)
    {
        int size = WordSize;
        foreach (byte one in bytes)
        {
            bool isBig = _algorithm == LayoutCheckAlgorithm.Internet;
            _word |= (uint)one << (8 * (isBig ? size - 1 - _wordBytes : _wordBytes));
            if (++_wordBytes == size)
            {
                TakeWord();
            }
        }
    }

    /// <summary>A word that is not full counts as filled up with zeros.</summary>
    private void Flush()
    {
        if (_wordBytes > 0)
        {
            TakeWord();
        }
    }

    private void TakeWord()
    {
        switch (_algorithm)
        {
            case LayoutCheckAlgorithm.Xor16:
                _first ^= _word;
                break;
            case LayoutCheckAlgorithm.Internet:
                _first += _word;
                _first = (_first & 0xffff) + (_first >> 16);
                break;
            default:
                ulong modulus = _algorithm switch
                {
                    LayoutCheckAlgorithm.Fletcher16 => byte.MaxValue,
                    LayoutCheckAlgorithm.Fletcher32 => ushort.MaxValue,
                    _ => uint.MaxValue,
                };
                _first = (_first + _word) % modulus;
                _second = (_second + _first) % modulus;
                break;
        }

        _word = 0;
        _wordBytes = 0;
    }
}

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Support code that does not vary with the width of an integer.</summary>
internal static class SupportText
{
    public const string Bitmaps = """
        /// <summary>Bits in memory: bit i is bit (i &amp; 7) of byte i >> 3, as BSD's setbit has it.</summary>
        VISIBILITY readonly ref struct BitmapView
        {
            /// <summary>Views the bits of some bytes.</summary>
            /// <exception cref="ArgumentOutOfRangeException">There are fewer bytes than the bits need.</exception>
            public BitmapView(ReadOnlySpan<byte> bytes, int length)
            {
                LayoutThrow.IfBitsExceed(length, bytes.Length);
                Bytes = bytes;
                Length = length;
            }

            /// <summary>Bits.</summary>
            public int Length { get; }

            /// <summary>The bytes; bits behind Length in the last one are whatever they are.</summary>
            public ReadOnlySpan<byte> Bytes { get; }

            /// <summary>One bit; 0-based.</summary>
            /// <exception cref="IndexOutOfRangeException">The index is not below Length.</exception>
            public bool this[int index]
            {
                get
                {
                    if (unchecked((uint)index >= (uint)Length))
                    {
                        LayoutThrow.Index();
                    }

                    return ((Bytes[index >> 3] >> (index & 7)) & 1) != 0;
                }
            }

            /// <summary>How many of the bits are set.</summary>
            public int CountSet()
            {
                int whole = Length >> 3;
                ReadOnlySpan<byte> bytes = Bytes[..whole];
                int count = 0;
                foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
                {
                    count += System.Numerics.BitOperations.PopCount(word);
                }

                foreach (byte one in bytes[(whole & ~7)..])
                {
                    count += System.Numerics.BitOperations.PopCount(one);
                }

                return (Length & 7) == 0
                    ? count
                    : count + System.Numerics.BitOperations.PopCount((uint)(Bytes[whole] & ((1 << (Length & 7)) - 1)));
            }
        }

        /// <summary>Writable bits in memory, in the order of BitmapView.</summary>
        VISIBILITY readonly ref struct BitmapEdit
        {
            /// <summary>Edits the bits of some bytes.</summary>
            /// <exception cref="ArgumentOutOfRangeException">There are fewer bytes than the bits need.</exception>
            public BitmapEdit(Span<byte> bytes, int length)
            {
                LayoutThrow.IfBitsExceed(length, bytes.Length);
                Bytes = bytes;
                Length = length;
            }

            /// <summary>Bits.</summary>
            public int Length { get; }

            /// <summary>The bytes.</summary>
            public Span<byte> Bytes { get; }

            /// <summary>One bit; 0-based.</summary>
            /// <exception cref="IndexOutOfRangeException">The index is not below Length.</exception>
            public bool this[int index]
            {
                get => new BitmapView(Bytes, Length)[index];
                set
                {
                    if (unchecked((uint)index >= (uint)Length))
                    {
                        LayoutThrow.Index();
                    }

                    int bit = 1 << (index & 7);
                    ref byte target = ref Bytes[index >> 3];
                    target = (byte)(value ? target | bit : target & ~bit);
                }
            }

            /// <summary>Writes one bit; for bitmaps that a property returns.</summary>
            /// <exception cref="IndexOutOfRangeException">The index is not below Length.</exception>
            public void Set(int index, bool value) => this[index] = value;
        }
        """;

    public const string Support = """
        /// <summary>Why a record could not be opened: the number of the rule, where, and what was found.</summary>
        /// <remarks>
        /// Four plain fields: the compiler then keeps them in registers, and success costs nothing. The rule has one
        /// of its own: those who ask for no more leave the rest uncomputed.
        /// </remarks>
        internal readonly struct LayoutFailure
        {
            private readonly long _atAndMissing;
            private readonly long _high;
            private readonly ulong _low;

            /// <summary>A failure that found any number.</summary>
            public LayoutFailure(int rule, int at, Int128 actual, int missing = 0)
            {
                Rule = rule;
                _atAndMissing = ((long)missing << 32) | unchecked((uint)at);
                _high = unchecked((long)(actual >> 64));
                _low = unchecked((ulong)actual);
            }

            /// <summary>A failure that found what 64 bits hold: no calls, so nothing is spilled for them.</summary>
            public LayoutFailure(int rule, int at, long actual, int missing = 0)
            {
                Rule = rule;
                _atAndMissing = ((long)missing << 32) | unchecked((uint)at);
                _high = actual >> 63;
                _low = unchecked((ulong)actual);
            }

            /// <summary>1-based; 0 if nothing failed.</summary>
            public int Rule { get; }

            /// <summary>How many more bytes would be needed at least; 0 if no bytes would help.</summary>
            public int Missing => (int)(_atAndMissing >> 32);

            /// <summary>Bytes from the start of the record.</summary>
            public int At => unchecked((int)_atAndMissing);

            /// <summary>The value or length that was found.</summary>
            public Int128 Actual => new(unchecked((ulong)_high), _low);
        }

        /// <summary>What a span is: a reference and a length, in this order.</summary>
        /// <remarks>
        /// Constructors make spans of it in place: MemoryMarshal.CreateReadOnlySpan, and every generic method of our
        /// own, would be compiled at run time in a ReadyToRun program.
        /// </remarks>
        [StructLayout(LayoutKind.Sequential)]
        internal readonly ref struct LayoutExtent
        {
            public readonly ref byte Start;
            public readonly int Length;

            [MethodImpl(MethodImplOptions.AggressiveInlining)] // nothing but two registers
            public LayoutExtent(ref byte start, int length)
            {
                Start = ref start;
                Length = length;
            }
        }

        /// <summary>Small operations on the bytes of a view.</summary>
        internal static class LayoutBytes
        {
            /// <summary>A reference to bytes at an offset that a default view does not have.</summary>
            public static ref byte At(ReadOnlySpan<byte> bytes, int offset, int count) =>
                ref MemoryMarshal.GetReference(bytes.Slice(offset, count));

            /// <summary>The bytes up to the first NUL, or all.</summary>
            public static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> bytes)
            {
                int end = bytes.IndexOf((byte)0);
                return end < 0 ? bytes : bytes[..end];
            }

            /// <summary>The index of the first byte that is not zero, or -1.</summary>
            public static int IndexOfNonZero(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept((byte)0);

            /// <summary>The same value, or -1 if it does not fit.</summary>
            public static long Clamp(ulong value) => value <= long.MaxValue ? (long)value : -1;

            /// <summary>The same value, or -1 if it does not fit.</summary>
            public static long Clamp(Int128 value) => value >= 0 && value <= long.MaxValue ? (long)value : -1;

            /// <summary>The same value, or -1 if it does not fit.</summary>
            public static long Clamp(UInt128 value) => value <= (UInt128)long.MaxValue ? (long)value : -1;

            /// <summary>Bytes that count elements need beyond what is there; a unit of 0 stands for bits.</summary>
            public static int Missing(Int128 count, int unit, int have)
            {
                Int128 need = count < 0 || count > int.MaxValue ? count
                    : unit == 0 ? (count + 7) >> 3
                    : count * unit;
                return need < 0 ? 0 : (int)Int128.Clamp(need - have, 1, int.MaxValue);
            }

            /// <summary>The same of a count that 64 bits hold; a few instructions in place.</summary>
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            public static int Missing(long count, int unit, int have)
            {
                long need = count > int.MaxValue ? count : unit == 0 ? (count + 7) >> 3 : count * unit;
                long missing = need - have;
                return count < 0 ? 0 : missing < 1 ? 1 : missing > int.MaxValue ? int.MaxValue : (int)missing;
            }

            /// <summary>The same value for a message; what is over 127 bits becomes the largest below.</summary>
            public static Int128 Clamp128(UInt128 value) =>
                value <= (UInt128)Int128.MaxValue ? (Int128)value : Int128.MaxValue;

            /// <summary>Takes count elements at an offset if all of them lie inside.</summary>
            public static bool TryTake(
                ReadOnlySpan<byte> bytes, long at, long count, int unit, out ReadOnlySpan<byte> part)
            {
                if (at < 0 || at > bytes.Length || count < 0 || count > (bytes.Length - at) / unit)
                {
                    part = default;
                    return false;
                }

                part = bytes.Slice((int)at, (int)count * unit);
                return true;
            }

            /// <summary>Takes the bytes of count bits at an offset if all of them lie inside.</summary>
            public static bool TryTakeBits(
                ReadOnlySpan<byte> bytes, long at, long count, out ReadOnlySpan<byte> part, out int bits)
            {
                bits = 0;
                part = default;
                if (count < 0 || count > int.MaxValue || !TryTake(bytes, at, (count + 7) >> 3, 1, out part))
                {
                    return false;
                }

                bits = (int)count;
                return true;
            }

            /// <summary>The same bytes, writable: the caller holds a writable span around them.</summary>
            public static Span<byte> Writable(ReadOnlySpan<byte> part) =>
                MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(part), part.Length);

            /// <summary>The path of one element; made only once something is wrong.</summary>
            public static string Indexed(string field, int index) => FormattableString.Invariant($"{field}[{index}]");
        }

        /// <summary>What an object keeps of a message of another version.</summary>
        internal sealed class LayoutOtherVersion(int version)
        {
            /// <summary>The version that was decoded.</summary>
            public int Version { get; set; } = version;

            /// <summary>Fixed fields behind the known ones.</summary>
            public byte[] Fixed { get; set; } = [];

            /// <summary>Parts behind the known ones, each behind its length.</summary>
            public byte[] Parts { get; set; } = [];
        }

        /// <summary>Messages of newer versions.</summary>
        internal static class LayoutMessage
        {
            /// <summary>Walks over parts that a newer version added.</summary>
            /// <returns>The offset behind them, or the offset of the part that leaves the message.</returns>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // a call, even a rare one, costs readers their registers
            public static int Skip<TOrder>(ref byte start, int length, int at, int count)
                where TOrder : struct, IByteOrder
            {
                // The caller has proved that `length` bytes are there, and that `at` lies in them.
                for (; count > 0; count--)
                {
                    int room = length - at - 4;
                    if (room < 0)
                    {
                        return -1;
                    }

                    uint size = TOrder.ReadUInt32(in Unsafe.Add(ref start, at));
                    if (size > (uint)room)
                    {
                        return at;
                    }

                    at += 4 + (int)size;
                }

                return at;
            }

            /// <summary>Puts unknown fixed fields behind the known ones and unknown parts at the end.</summary>
            /// <returns>Bytes of the message.</returns>
            public static int Append<TOrder>(
                Span<byte> message, int length, int fixedSize, int version, byte[] fixedFields, byte[] parts)
                where TOrder : struct, IByteOrder
            {
                message[fixedSize..length].CopyTo(message[(fixedSize + fixedFields.Length)..]);
                fixedFields.CopyTo(message[fixedSize..]);
                int at = length + fixedFields.Length;
                parts.CopyTo(message[at..]);
                int end = at + parts.Length;
                int count = 0;
                while (at < end)
                {
                    int size = checked((int)TOrder.ReadUInt32(in message[at]));
                    at = checked(at + 4 + size);
                    count++;
                }

                TOrder.WriteUInt32(ref message[0], (uint)end);
                TOrder.WriteUInt16(ref message[6], checked((ushort)version));
                TOrder.WriteUInt16(ref message[8], checked((ushort)(fixedSize - 12 + fixedFields.Length)));
                TOrder.WriteUInt16(ref message[10], checked((ushort)(TOrder.ReadUInt16(in message[10]) + count)));
                return end;
            }
        }

        /// <summary>The cold paths: out of line, so that what is hot stays small enough to be inlined.</summary>
        internal static class LayoutThrow
        {
            /// <summary>The source is too short.</summary>
            [DoesNotReturn]
            public static void Short(string structure, int have, int need) => throw new LayoutException(
                LayoutIssue.Bytes(0, structure, "", have, FormattableString.Invariant($"needs {need} bytes")));

            /// <summary>A rule is broken.</summary>
            [DoesNotReturn]
            public static void Issue(in LayoutIssue issue) => throw new LayoutException(issue);

            /// <summary>A field is read that is not there.</summary>
            [DoesNotReturn]
            public static void Absent(string structure, string field, string rule) =>
                throw new LayoutException($"{structure}.{field} {rule}; test Has... first");

            /// <summary>A part at a stored offset leaves the bytes.</summary>
            [DoesNotReturn]
            public static void Outside(string structure, string field, long at, int length) =>
                throw new LayoutException(new LayoutIssue(
                    0,
                    structure,
                    field,
                    FormattableString.Invariant($"must be an offset whose array ends within {length} bytes"),
                    at));

            /// <summary>An index is out of range.</summary>
            [DoesNotReturn]
            public static void Index() => throw new IndexOutOfRangeException();

            /// <summary>A value does not fit a run of bits.</summary>
            [DoesNotReturn]
            public static void BitField(string field) =>
                throw new ArgumentOutOfRangeException("value", "the value does not fit the bits of " + field);

            /// <summary>A copy has no room.</summary>
            [DoesNotReturn]
            public static void ShortTarget() =>
                throw new ArgumentException("the target is shorter than the array", "target");

            /// <summary>Refuses a bitmap that is longer than its bytes.</summary>
            public static void IfBitsExceed(int bits, int bytes)
            {
                if (bits < 0 || bits > bytes * 8L)
                {
                    throw new ArgumentOutOfRangeException(
                        "length", FormattableString.Invariant($"{bits} bits do not fit {bytes} bytes"));
                }
            }
        }
        """;
}

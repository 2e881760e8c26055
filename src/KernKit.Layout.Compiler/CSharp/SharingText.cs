namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Support code of structures that threads share.</summary>
internal static class SharingText
{
    public const string Sharing = """
        /// <summary>
        /// Loads, stores and fences of a protocol: the machine's, or a checker's that takes liberties.
        /// </summary>
        VISIBILITY interface ILayoutMemory
        {
            /// <summary>An acquire load: nothing later is read before it.</summary>
            static abstract ulong LoadAcquire(ref ulong source);

            /// <summary>A plain store.</summary>
            static abstract void Store(ref ulong target, ulong value);

            /// <summary>A release store: everything earlier is written before it.</summary>
            static abstract void StoreRelease(ref ulong target, ulong value);

            /// <summary>Puts a value there if the expected one is; a full fence.</summary>
            /// <returns>The value that was there.</returns>
            static abstract ulong CompareExchange(ref ulong target, ulong value, ulong expected);

            /// <summary>Plain loads of many bytes, in any order.</summary>
            static abstract void Load(ref byte source, ref byte target, int length);

            /// <summary>All earlier loads come before everything later.</summary>
            static abstract void LoadBarrier();

            /// <summary>Everything earlier comes before all later stores.</summary>
            static abstract void StoreBarrier();

            /// <summary>Lets others go on; longer the more attempts there were.</summary>
            static abstract void Pause(int attempt);
        }

        /// <summary>What the processor does.</summary>
        VISIBILITY readonly struct MachineMemory : ILayoutMemory
        {
            /// <inheritdoc/>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // one instruction
            public static ulong LoadAcquire(ref ulong source) => System.Threading.Volatile.Read(ref source);

            /// <inheritdoc/>
            public static void Store(ref ulong target, ulong value) => target = value;

            /// <inheritdoc/>
            public static void StoreRelease(ref ulong target, ulong value) =>
                System.Threading.Volatile.Write(ref target, value);

            /// <inheritdoc/>
            public static ulong CompareExchange(ref ulong target, ulong value, ulong expected) =>
                System.Threading.Interlocked.CompareExchange(ref target, value, expected);

            /// <inheritdoc/>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // a constant length becomes a few moves
            public static void Load(ref byte source, ref byte target, int length) =>
                Unsafe.CopyBlockUnaligned(ref target, ref source, (uint)length);

            /// <inheritdoc/>
            public static void LoadBarrier() => System.Threading.Volatile.ReadBarrier();

            /// <inheritdoc/>
            public static void StoreBarrier() => System.Threading.Volatile.WriteBarrier();

            /// <inheritdoc/>
            public static void Pause(int attempt)
            {
                if (attempt < 10)
                {
                    System.Threading.Thread.SpinWait(1 << attempt);
                }
                else
                {
                    // A writer that lost its processor needs one: give this one up, and now and then for longer.
                    System.Threading.Thread.Sleep((attempt & 15) == 15 ? 1 : 0);
                }
            }
        }

        /// <summary>The seqlock of Boehm (MSPC 2012): an odd count says that somebody writes.</summary>
        /// <typeparam name="TMemory">The memory on which it runs.</typeparam>
        VISIBILITY static class LayoutSeqlock<TMemory>
            where TMemory : struct, ILayoutMemory
        {
            // About ten seconds of pauses: no writer copies a structure for so long, so this one has died.
            private const int BeginAttemptsMax = 160_000;

            /// <summary>
            /// Copies the bytes; false if somebody wrote meanwhile, and the copy may be garbage then.
            /// </summary>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: half of the time
            public static bool TryReadOnce(
                ref ulong count, bool isSwapped, ref byte source, ref byte copy, int length)
            {
                ulong before = TMemory.LoadAcquire(ref count);
                if ((Plain(before, isSwapped) & 1) != 0)
                {
                    return false;
                }

                TMemory.Load(ref source, ref copy, length);

                // A second acquire load would not do: the plain loads above could sink below it.
                TMemory.LoadBarrier();
                return TMemory.LoadAcquire(ref count) == before;
            }

            /// <summary>Copies the bytes once nobody wrote meanwhile; false after so many attempts.</summary>
            public static bool TryRead(
                ref ulong count, bool isSwapped, ref byte source, Span<byte> copy, int attemptsMax)
            {
                for (int i = 0; i < attemptsMax; i++)
                {
                    ref byte target = ref MemoryMarshal.GetReference(copy);
                    if (TryReadOnce(ref count, isSwapped, ref source, ref target, copy.Length))
                    {
                        return true;
                    }

                    TMemory.Pause(Math.Min(i, 6));
                }

                return false;
            }

            /// <summary>Waits until no other writer is inside and makes the count odd.</summary>
            /// <exception cref="System.Threading.SynchronizationLockException">A writer does not come out.</exception>
            public static void Begin(ref ulong count, bool isSwapped, string structure)
            {
                for (int i = 0; i < BeginAttemptsMax; i++)
                {
                    ulong seen = TMemory.LoadAcquire(ref count);
                    ulong now = Plain(seen, isSwapped);
                    bool isFree = (now & 1) == 0;
                    if (isFree && TMemory.CompareExchange(ref count, Plain(now + 1, isSwapped), seen) == seen)
                    {
                        return;
                    }

                    TMemory.Pause(i);
                }

                throw new System.Threading.SynchronizationLockException(
                    structure + ": a writer is inside for too long; if it died, call Repair");
            }

            /// <summary>Makes the count odd; for the only writer there is.</summary>
            public static void BeginAlone(ref ulong count, bool isSwapped)
            {
                ulong next = Plain(count, isSwapped) + 1;
                TMemory.Store(ref count, Plain(next, isSwapped));

                // A release store would not do: the data's stores could rise above it.
                TMemory.StoreBarrier();
            }

            /// <summary>Makes the count even again.</summary>
            public static void End(ref ulong count, bool isSwapped) =>
                TMemory.StoreRelease(ref count, Plain(Plain(count, isSwapped) + 1, isSwapped));

            private static ulong Plain(ulong value, bool isSwapped) =>
                isSwapped ? BinaryPrimitives.ReverseEndianness(value) : value;
        }

        /// <summary>Integers in a byte order, as atomic loads and stores move them: whole.</summary>
        /// <typeparam name="TOrder">The byte order of the bytes.</typeparam>
        internal static class LayoutShared<TOrder>
            where TOrder : struct, IByteOrder
        {
            private static bool IsNative
            {
                [MethodImpl(MethodImplOptions.AggressiveInlining)] // a constant
                get => TOrder.IsLittleEndian == BitConverter.IsLittleEndian;
            }

            /// <summary>A value as it is stored, or back.</summary>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // nothing, or one swap
            public static short Turn(short value) => IsNative ? value : BinaryPrimitives.ReverseEndianness(value);

            /// <summary>A value as it is stored, or back.</summary>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // nothing, or one swap
            public static ushort Turn(ushort value) => IsNative ? value : BinaryPrimitives.ReverseEndianness(value);

            /// <summary>A value as it is stored, or back.</summary>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // nothing, or one swap
            public static int Turn(int value) => IsNative ? value : BinaryPrimitives.ReverseEndianness(value);

            /// <summary>A value as it is stored, or back.</summary>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // nothing, or one swap
            public static uint Turn(uint value) => IsNative ? value : BinaryPrimitives.ReverseEndianness(value);

            /// <summary>A value as it is stored, or back.</summary>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // nothing, or one swap
            public static long Turn(long value) => IsNative ? value : BinaryPrimitives.ReverseEndianness(value);

            /// <summary>A value as it is stored, or back.</summary>
            [MethodImpl(MethodImplOptions.AggressiveInlining)] // nothing, or one swap
            public static ulong Turn(ulong value) => IsNative ? value : BinaryPrimitives.ReverseEndianness(value);
        }

        /// <summary>Bytes that several threads use.</summary>
        internal static class LayoutSharing
        {
            /// <summary>A reference to shared bytes, proved to be long enough and aligned.</summary>
            /// <exception cref="ArgumentException">The bytes do not begin at a multiple of the alignment.</exception>
            [MethodImpl(MethodImplOptions.NoInlining)] // the difference from null keeps callers from being optimised
            public static ref byte Start(Span<byte> bytes, int size, int alignment, string structure)
            {
                if (bytes.Length < size)
                {
                    LayoutThrow.Short(structure, bytes.Length, size);
                }

                ref byte start = ref MemoryMarshal.GetReference(bytes);
                nint address = Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref start);
                if (address % alignment != 0)
                {
                    throw new ArgumentException(FormattableString.Invariant(
                        $"{structure} is shared and must begin at a multiple of {alignment} bytes"), "source");
                }

                return ref start;
            }
        }
        """;
}

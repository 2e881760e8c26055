namespace KernKit.Layout.Compiler.Tests;

/// <summary>Puts integers into bytes, one byte at a time: independent of what is tested.</summary>
internal sealed class Put(byte[] bytes, bool isLittleEndian)
{
    public Put At(int offset, long value, int size)
    {
        for (int i = 0; i < size; i++)
        {
            int shift = 8 * (isLittleEndian ? i : size - 1 - i);
            bytes[offset + i] = (byte)(value >> shift);
        }

        return this;
    }
}

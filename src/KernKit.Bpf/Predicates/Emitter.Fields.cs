namespace KernKit.Bpf.Predicates;

/// <content>Numbers out of a record: width, byte order, sign, bits.</content>
internal sealed partial class Emitter
{
    /// <summary>The farthest byte that a load reaches with its own offset.</summary>
    private const int ReachMax = short.MaxValue;

    private void Load(FieldNode node, int target)
    {
        var field = node.Field;
        if (field.BitCount == 0)
        {
            LoadNumber(target, node.Offset, field.SizeBytes, field.IsBigEndian, field.IsSigned);
            return;
        }

        if (field.SizeBytes <= sizeof(ulong))
        {
            LoadNumber(target, node.Offset, field.SizeBytes, field.IsBigEndian, isSigned: false);
            Extract(target, field, field.BitOffset, field.SizeBytes * 8);
            return;
        }

        // 16 bytes: the half that has the bits, or both.
        var (low, high) = field.IsBigEndian ? (node.Offset + 8, node.Offset) : (node.Offset, node.Offset + 8);
        if (field.BitOffset >= 64 || field.BitOffset + field.BitCount <= 64)
        {
            LoadNumber(target, field.BitOffset >= 64 ? high : low, 8, field.IsBigEndian, isSigned: false);
            Extract(target, field, field.BitOffset & 63, 64);
            return;
        }

        LoadNumber(target, low, 8, field.IsBigEndian, isSigned: false);
        code.AluNumber(">>", target, field.BitOffset);
        LoadNumber(Scratch, high, 8, field.IsBigEndian, isSigned: false);
        code.AluNumber("<<", Scratch, 64 - field.BitOffset);
        code.Alu("|", target, Scratch);
        Extract(target, field, 0, 64);
    }

    private void Extract(int target, PredicateField field, int low, int bits)
    {
        var width = field.BitCount;
        if (field.IsSigned)
        {
            ShiftTwice(target, 64 - low - width, 64 - width, "s>>");
            return;
        }

        if (low > 0)
        {
            code.AluNumber(">>", target, low);
        }

        if (low + width < bits)
        {
            if (width <= 31)
            {
                code.AluNumber("&", target, (int)((1u << width) - 1));
            }
            else
            {
                ShiftTwice(target, 64 - width, 64 - width, ">>");
            }
        }
    }

    private void ShiftTwice(int target, int left, int right, string back)
    {
        if (left > 0)
        {
            code.AluNumber("<<", target, left);
        }

        if (right > 0)
        {
            code.AluNumber(back, target, right);
        }
    }

    private void LoadNumber(int target, int offset, int bytes, bool isBigEndian, bool isSigned)
    {
        var (from, at) = (Record, offset);
        if (offset + bytes > ReachMax)
        {
            code.Move(Scratch2, Record);
            code.AluNumber("+", Scratch2, offset);
            (from, at) = (Scratch2, 0);
        }

        if (System.Numerics.BitOperations.IsPow2(bytes))
        {
            LoadPiece(target, from, at, bytes, isBigEndian, isSigned);
            return;
        }

        // 3, 5, 6 and 7 bytes: 4, 2 and 1 of them, put together.
        var done = 0;
        foreach (var piece in new[] { 4, 2, 1 })
        {
            if ((bytes & piece) == 0)
            {
                continue;
            }

            var register = done == 0 ? target : Scratch;
            LoadPiece(register, from, at + done, piece, isBigEndian, isSigned: false);
            if (done > 0)
            {
                code.AluNumber("<<", isBigEndian ? target : Scratch, isBigEndian ? piece * 8 : done * 8);
                code.Alu("|", target, Scratch);
            }

            done += piece;
        }

        if (isSigned)
        {
            ShiftTwice(target, 64 - (bytes * 8), 64 - (bytes * 8), "s>>");
        }
    }

    private void LoadPiece(int target, int from, int at, int bytes, bool isBigEndian, bool isSigned)
    {
        var isSwapped = isBigEndian && bytes > 1;
        code.Load(target, from, at, bytes, isSigned && !isSwapped);
        if (isSwapped)
        {
            code.FromBigEndian(target, bytes);
            if (isSigned && bytes < sizeof(long))
            {
                code.SignExtend(target, bytes);
            }
        }
    }
}

using System.Buffers.Binary;

namespace KernKit.Bpf.Predicates;

/// <content>Text: comparisons in pieces of up to 8 bytes, and globs in one pass.</content>
/// <remarks>
/// <para>A glob's start and end are compared where they must be. A piece between two stars is looked for with one bit a
/// place (shift-and): bit i of the state says that the piece's places 0 to i end here, so each byte of the text costs
/// one step, however the pattern is made.</para>
/// </remarks>
internal sealed partial class Emitter
{
    private const int Byte = 0;
    private const int Position = 3;
    private const int Length = 4;
    private const int State = 5;

    private void Text(ConditionNode node, bool sense, int target)
    {
        var no = sense ? code.NewLabel() : target;
        switch (node)
        {
            case SameTextNode same:
                Same(same, no);
                break;
            default:
                Match((GlobNode)node, no);
                break;
        }

        if (sense)
        {
            code.Jump(target);
            code.Mark(no);
        }
    }

    private void Same(SameTextNode node, int no)
    {
        var (field, text) = (node.Field, node.Text);
        if (field.LengthOffset >= 0)
        {
            LoadNumber(Length, field.LengthOffset, sizeof(uint), isBigEndian: false, isSigned: false);
            code.JumpIfNumber("!=", Length, text.Length, no);
        }

        Bytes(node.Offset, text, no);
        if (field is { LengthOffset: < 0, Kind: PredicateFieldKind.Text } && text.Length < field.SizeBytes)
        {
            LoadNumber(Byte, node.Offset + text.Length, 1, isBigEndian: false, isSigned: false);
            code.JumpIfNumber("!=", Byte, 0, no);
        }
    }

    // Compares bytes at a fixed place.
    private void Bytes(int offset, ReadOnlySpan<byte> text, int no)
    {
        while (!text.IsEmpty)
        {
            var size = text.Length >= 8 ? 8 : text.Length >= 4 ? 4 : text.Length >= 2 ? 2 : 1;
            LoadNumber(Byte, offset, size, isBigEndian: false, isSigned: false);
            CompareBytes(text[..size], no);
            offset += size;
            text = text[size..];
        }
    }

    private void CompareBytes(ReadOnlySpan<byte> text, int no)
    {
        Span<byte> eight = stackalloc byte[sizeof(long)];
        eight.Clear();
        text.CopyTo(eight);
        var value = BinaryPrimitives.ReadInt64LittleEndian(eight);
        if (text.Length < sizeof(long))
        {
            code.JumpIfNumber("!=", Byte, (int)value, no, is32: true);
            return;
        }

        code.Constant(State, value);
        code.JumpIf("!=", Byte, State, no);
    }

    private void Match(GlobNode node, int no)
    {
        var (field, glob) = (node.Field, node.Glob);
        if (glob.LengthMin > field.SizeBytes)
        {
            code.Jump(no);
            return;
        }

        var needsLength = !glob.HasStar || glob.Pieces.Count > 2 || glob.End.Length > 0 || field.LengthOffset >= 0
            || glob.Start.Any(static set => set.Contains(0));
        if (needsLength)
        {
            TextLength(field, node.Offset);
            if (glob.LengthMin > 0 || !glob.HasStar)
            {
                code.JumpIfNumber(glob.HasStar ? "<" : "!=", Length, glob.LengthMin, no);
            }
        }

        Places(Record, node.Offset, glob.Start, no);
        if (!glob.HasStar)
        {
            return;
        }

        if (glob.Pieces.Count > 2)
        {
            code.Constant(Position, glob.Start.Length);
            // From here on the length is where the text's end begins that the last piece takes.
            code.AluNumber("-", Length, glob.End.Length);
            foreach (var piece in glob.Pieces.Skip(1).SkipLast(1))
            {
                Search(node, piece, no);
            }

            code.AluNumber("+", Length, glob.End.Length);
        }

        if (glob.End.Length > 0)
        {
            code.Move(Position, Record);
            code.Alu("+", Position, Length);
            code.AluNumber("+", Position, node.Offset - glob.End.Length);
            Places(Position, 0, glob.End, no);
        }
    }

    // Into Length, which is then 0 to the field's size.
    private void TextLength(PredicateField field, int offset)
    {
        if (field.LengthOffset >= 0)
        {
            LoadNumber(Length, field.LengthOffset, sizeof(uint), isBigEndian: false, isSigned: false);
            code.JumpIfNumber(">", Length, field.SizeBytes, lack);
            return;
        }

        var (next, done) = (code.NewLabel(), code.NewLabel());
        code.Constant(Length, 0);
        code.Mark(next);
        code.Move(Byte, Record);
        code.Alu("+", Byte, Length);
        LoadAt(Byte, Byte, offset);
        code.JumpIfNumber("==", Byte, 0, done);
        code.AluNumber("+", Length, 1);
        code.JumpIfNumber("<", Length, field.SizeBytes, next);
        code.Mark(done);
    }

    private void LoadAt(int target, int from, int offset)
    {
        if (offset > ReachMax)
        {
            code.AluNumber("+", from, offset);
            offset = 0;
        }

        code.Load(target, from, offset, 1);
    }

    // Compares the places of a piece, from a register on: single bytes together, as far as they go.
    private void Places(int from, int offset, ByteSet[] places, int no)
    {
        for (var at = 0; at < places.Length;)
        {
            if (places[at].IsAll)
            {
                at++;
                continue;
            }

            var run = 0;
            while (run < 8 && at + run < places.Length && places[at + run].Count == 1)
            {
                run++;
            }

            var size = run >= 8 ? 8 : run >= 4 ? 4 : run >= 2 ? 2 : 1;
            LoadFrom(from, offset + at, size);
            if (run == 0)
            {
                InSet(places[at], no);
            }
            else
            {
                CompareBytes([.. places.Skip(at).Take(size).Select(static set => set.Runs()[0].First)], no);
            }

            at += size;
        }
    }

    private void LoadFrom(int from, int offset, int size)
    {
        if (offset + size > ReachMax)
        {
            code.Move(Byte, from);
            code.AluNumber("+", Byte, offset);
            (from, offset) = (Byte, 0);
        }

        code.Load(Byte, from, offset, size);
    }

    // Whether the byte is one of several; goes on if so.
    private void InSet(ByteSet set, int no)
    {
        var yes = code.NewLabel();
        var runs = set.Runs();
        if (runs.Count == 0)
        {
            code.Jump(no);
        }

        for (var i = 0; i < runs.Count; i++)
        {
            var (first, last) = runs[i];
            if (first > 0)
            {
                code.JumpIfNumber("<", Byte, first, no);
            }

            if (i + 1 < runs.Count)
            {
                code.JumpIfNumber("<=", Byte, last, yes);
            }
            else if (last < byte.MaxValue)
            {
                code.JumpIfNumber(">", Byte, last, no);
            }
        }

        code.Mark(yes);
    }

    // Takes a piece where it first occurs at or behind Position, and puts Position behind it.
    private void Search(GlobNode node, ByteSet[] piece, int no)
    {
        var (next, found) = (code.NewLabel(), code.NewLabel());
        code.Constant(State, 0);
        code.Mark(next);
        // The length ends the loop; the field's size, a constant, is what the verifier goes by.
        code.JumpIfNumber(">=", Position, node.Field.SizeBytes, no);
        code.JumpIf(">=", Position, Length, no);
        code.Move(Byte, Record);
        code.Alu("+", Byte, Position);
        LoadAt(Byte, Byte, node.Offset);
        code.AluNumber("+", Position, 1);
        code.AluNumber("<<", State, 1);
        code.AluNumber("|", State, 1);
        var anywhere = Mask(piece, static set => set.IsAll);
        code.Constant(Scratch, (long)anywhere);
        // Bytes that the same places accept are told together.
        var sets = piece.Where(static set => !set.IsAll).Distinct().ToList();
        foreach (var set in sets)
        {
            var bits = Mask(piece, place => place == set);
            if (bits <= int.MaxValue)
            {
                AddWithoutBranch(set, (int)bits);
                continue;
            }

            var other = code.NewLabel();
            InSet(set, other);
            code.Constant(Scratch2, (long)bits);
            code.Alu("|", Scratch, Scratch2);
            code.Mark(other);
        }

        code.Alu("&", State, Scratch);
        LastBit(piece.Length - 1, found);
        code.Jump(next);
        code.Mark(found);
    }

    // Adds bits to the mask if the byte is in the set, and 0 otherwise. Branches within a loop are ways that the
    // verifier would have to keep apart, and a processor to guess.
    private void AddWithoutBranch(ByteSet set, int bits)
    {
        foreach (var (first, last) in set.Runs())
        {
            // In the run: the distance from its first byte is less than its length, so the difference is negative.
            code.Move(Scratch2, Byte);
            code.AluNumber("-", Scratch2, first);
            code.AluNumber("&", Scratch2, byte.MaxValue);
            code.AluNumber("-", Scratch2, last - first + 1);
            code.AluNumber(">>", Scratch2, 63);
            code.AluNumber("*", Scratch2, bits);
            code.Alu("|", Scratch, Scratch2);
        }
    }

    private void LastBit(int bit, int found)
    {
        if (bit < 31)
        {
            code.JumpIfNumber("&", State, 1 << bit, found);
            return;
        }

        code.Move(Scratch, State);
        code.AluNumber(">>", Scratch, bit);
        code.JumpIfNumber("&", Scratch, 1, found);
    }

    private static ulong Mask(ByteSet[] piece, Func<ByteSet, bool> isOne)
    {
        var mask = 0UL;
        for (var i = 0; i < piece.Length; i++)
        {
            mask |= isOne(piece[i]) ? 1UL << i : 0;
        }

        return mask;
    }
}

using System.Numerics;

namespace KernKit.Bpf.Predicates;

/// <content>Operators, with the checks that ranges do not make needless.</content>
internal sealed partial class Emitter
{
    private ValueRange Calculate(string sign, int target, ValueRange left, Operand right)
    {
        var range = ValueRange.Of(sign, left, right.Range);
        if (range.FitsSigned || range.FitsUnsigned)
        {
            Apply(sign, target, right);
            return range;
        }

        if (left.IsNatural && right.Range.IsNatural && range.IsNatural)
        {
            CalculateNatural(sign, target, right);
            return Held(range, ValueRange.Unsigned);
        }

        left = Signed(target, left);
        right = right with { Range = right.IsNumber ? right.Range : Signed(right.Register, right.Range) };
        range = ValueRange.Of(sign, left, right.Range);
        if (range.FitsSigned)
        {
            Apply(sign, target, right);
            return range;
        }

        if (sign == "*")
        {
            MultiplySigned(target, right);
        }
        else
        {
            AddSigned(sign, target, InRegister(right));
        }

        return Held(range, ValueRange.Signed);
    }

    // Sums and products of natural numbers.
    private void CalculateNatural(string sign, int target, Operand right)
    {
        if (sign == "+")
        {
            Apply(sign, target, right);
            JumpIf("<", target, right, lack);
            return;
        }

        if (right.Range.Low == right.Range.High)
        {
            code.Constant(Scratch2, Wrapped(ulong.MaxValue / right.Range.High));
            code.JumpIf(">", target, Scratch2, lack);
            Apply(sign, target, right);
            return;
        }

        // The product divided by one factor is the other, or bits were lost.
        var done = code.NewLabel();
        code.Move(Scratch, target);
        code.Alu("*", Scratch, right.Register);
        code.JumpIfNumber("==", right.Register, 0, done);
        code.Move(Scratch2, Scratch);
        code.Alu("/", Scratch2, right.Register);
        code.JumpIf("!=", Scratch2, target, lack);
        code.Mark(done);
        code.Move(target, Scratch);
    }

    // A sum that moved the wrong way has wrapped.
    private void AddSigned(string sign, int target, int source)
    {
        var (negative, done) = (code.NewLabel(), code.NewLabel());
        code.Move(Scratch, target);
        code.Alu(sign, Scratch, source);
        code.JumpIfNumber("s<", source, 0, negative);
        code.JumpIf(sign == "+" ? "s<" : "s>", Scratch, target, lack);
        code.Jump(done);
        code.Mark(negative);
        code.JumpIf(sign == "+" ? "s>=" : "s<=", Scratch, target, lack);
        code.Mark(done);
        code.Move(target, Scratch);
    }

    private void MultiplySigned(int target, Operand right)
    {
        if (right.Range.Low == right.Range.High)
        {
            var factor = right.Range.Low;
            var (low, high) = (BigInteger.Divide(long.MinValue, factor), BigInteger.Divide(long.MaxValue, factor));
            (low, high) = factor < 0 ? (high, low) : (low, high);
            code.Constant(Scratch2, Wrapped(BigInteger.Max(low, long.MinValue)));
            code.JumpIf("s<", target, Scratch2, lack);
            code.Constant(Scratch2, Wrapped(BigInteger.Min(high, long.MaxValue)));
            code.JumpIf("s>", target, Scratch2, lack);
            Apply("*", target, right);
            return;
        }

        var (other, done) = (code.NewLabel(), code.NewLabel());
        code.Move(Scratch, target);
        code.Alu("*", Scratch, right.Register);
        code.JumpIfNumber("==", right.Register, 0, done);
        code.JumpIfNumber("!=", right.Register, -1, other);
        code.Constant(Scratch2, long.MinValue);
        code.JumpIf("==", target, Scratch2, lack);
        code.Jump(done);
        code.Mark(other);
        code.Move(Scratch2, Scratch);
        code.Alu("s/", Scratch2, right.Register);
        code.JumpIf("!=", Scratch2, target, lack);
        code.Mark(done);
        code.Move(target, Scratch);
    }

    private ValueRange Divide(string sign, int target, ValueRange left, Operand right)
    {
        if (right.Range.Contains(0))
        {
            code.JumpIfNumber("==", right.Register, 0, lack);
        }

        if (left.IsNatural && right.Range.IsNatural)
        {
            Apply(sign, target, right);
            return ValueRange.Of(sign, left, right.Range);
        }

        left = Signed(target, left);
        right = right with { Range = right.IsNumber ? right.Range : Signed(right.Register, right.Range) };
        if (sign == "/" && left.Low == long.MinValue && right.Range.Contains(-1))
        {
            var done = code.NewLabel();
            var divisor = InRegister(right);
            code.JumpIfNumber("!=", divisor, -1, done);
            code.Constant(Scratch2, long.MinValue);
            code.JumpIf("==", target, Scratch2, lack);
            code.Mark(done);
        }

        Apply("s" + sign, target, right);
        return Held(ValueRange.Of(sign, left, right.Range), ValueRange.Signed);
    }

    private ValueRange Shift(string sign, int target, ValueRange left, Operand right)
    {
        if (right.Range.Low < 0 || right.Range.High > 63)
        {
            // A negative one is a large one here.
            code.JumpIfNumber(">", right.Register, 63, lack);
        }

        var range = ValueRange.Of(sign, left, right.Range);
        var back = left.IsNatural ? ">>" : "s>>";
        if (sign == ">>")
        {
            Apply(back, target, right);
            return Held(range, left.IsNatural ? ValueRange.Unsigned : ValueRange.Signed);
        }

        if (range.FitsSigned || range.FitsUnsigned)
        {
            Apply(sign, target, right);
            return range;
        }

        code.Move(Scratch, target);
        Apply(sign, Scratch, right);
        code.Move(Scratch2, Scratch);
        Apply(back, Scratch2, right);
        code.JumpIf("!=", Scratch2, target, lack);
        code.Move(target, Scratch);
        return Held(range, left.IsNatural ? ValueRange.Unsigned : ValueRange.Signed);
    }

    // Makes a value signed: none if it is 2^63 or more.
    private ValueRange Signed(int register, ValueRange range)
    {
        if (range.FitsSigned)
        {
            return range;
        }

        code.JumpIfNumber("s<", register, 0, lack);
        return Held(range, ValueRange.Signed);
    }

    // What is left of a range once everything else has gone to "lack"; if nothing is left, no matter.
    private static ValueRange Held(ValueRange range, ValueRange limits)
    {
        var rest = range.Within(limits);
        return rest.Low <= rest.High ? rest : limits;
    }

    private void Apply(string sign, int target, Operand right)
    {
        if (right.IsNumber)
        {
            code.AluNumber(sign, target, right.Number);
        }
        else
        {
            code.Alu(sign, target, right.Register);
        }
    }

    private void JumpIf(string condition, int left, Operand right, int label)
    {
        if (right.IsNumber)
        {
            code.JumpIfNumber(condition, left, right.Number, label);
        }
        else
        {
            code.JumpIf(condition, left, right.Register, label);
        }
    }

    private int InRegister(Operand operand)
    {
        if (!operand.IsNumber)
        {
            return operand.Register;
        }

        code.Constant(Second, operand.Number);
        return Second;
    }
}

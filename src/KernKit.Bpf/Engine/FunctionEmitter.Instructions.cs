using System.Reflection;
using System.Reflection.Emit;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <content>Arithmetic, jumps and calls.</content>
internal sealed partial class FunctionEmitter
{
    private delegate ulong HelperCall(
        BpfMachine machine, ulong id, int index, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5);

    private void EmitInstruction(int index, Op op, in Instruction slot)
    {
        if (op.IsArithmetic())
        {
            EmitArithmetic(op, slot);
            return;
        }

        if (op.IsJump())
        {
            EmitJump(index, op, slot);
            return;
        }

        switch (op)
        {
            case Op.Exit: EmitExit(); break;
            case Op.CallLocal: EmitLocalCall(index, _program.Target(index)); break;
            case Op.CallReg: EmitRegisterCall(index, slot.Destination); break;
            case Op.CallHelper:
                EmitHelperCall(index, () => _il.Emit(OpCodes.Ldc_I8,
                    (long)(uint)_program.Instructions[index].Immediate));
                break;
            case var _ when op.IsWide():
                _il.Emit(OpCodes.Ldc_I8, (long)_compiler.Unit.WideImmediate(index));
                StoreRegister(slot.Destination);
                break;
            case var _ when op.IsPacket(): EmitPacketLoad(op, slot); break;
            case var _ when op.IsLoad(): EmitLoad(index, op, slot); break;
            case var _ when op.IsStore(): EmitStore(index, op, slot); break;
            default: EmitAtomic(index, op, slot); break;
        }
    }

    private void EmitArithmetic(Op op, in Instruction slot)
    {
        var half = op.Is32();
        var immediate = !op.HasSourceRegister();
        if (op is Op.Mov64Imm or Op.Mov32Imm)
        {
            _il.Emit(OpCodes.Ldc_I8, half ? (long)(uint)slot.Immediate : slot.Immediate);
        }
        else if (op is Op.Mov64Reg or Op.Mov32Reg or (>= Op.MovSx8To32 and <= Op.MovSx16To32)
            or (>= Op.MovSx8To64 and <= Op.MovSx32To64))
        {
            EmitMove(op, slot.Source, half);
        }
        else if (op is >= Op.ToLe16 and <= Op.Bswap64)
        {
            EmitSwap(op, slot.Destination);
        }
        else if (Division(op) is { } division && (!immediate || slot.Immediate is 0 or -1))
        {
            LoadRegister(slot.Destination);
            LoadOperand(slot, immediate);
            _il.Emit(OpCodes.Call, division);
        }
        else
        {
            LoadRegister(slot.Destination);
            if (half)
            {
                _il.Emit(OpCodes.Conv_U4);
            }

            EmitBinary(op, slot, half, immediate);
            if (half)
            {
                _il.Emit(OpCodes.Conv_U8);
            }
        }

        StoreRegister(slot.Destination);
    }

    private void EmitMove(Op op, int source, bool half)
    {
        LoadRegister(source);
        var convert = op switch
        {
            Op.MovSx8To32 or Op.MovSx8To64 => OpCodes.Conv_I1,
            Op.MovSx16To32 or Op.MovSx16To64 => OpCodes.Conv_I2,
            Op.MovSx32To64 => OpCodes.Conv_I4,
            Op.Mov32Reg => OpCodes.Conv_U4,
            _ => OpCodes.Nop,
        };
        _il.Emit(convert);
        if (op != Op.Mov64Reg)
        {
            _il.Emit(half ? OpCodes.Conv_U8 : OpCodes.Conv_I8);
        }
    }

    private void EmitSwap(Op op, int register)
    {
        LoadRegister(register);
        switch (op)
        {
            case Op.ToLe64: return;
            case Op.ToLe16: _il.Emit(OpCodes.Conv_U2); _il.Emit(OpCodes.Conv_U8); return;
            case Op.ToLe32: _il.Emit(OpCodes.Conv_U4); _il.Emit(OpCodes.Conv_U8); return;
            case Op.ToBe16 or Op.Bswap16: _il.Emit(OpCodes.Call, ((Func<ulong, ulong>)Alu.Swap16).Method); return;
            case Op.ToBe32 or Op.Bswap32: _il.Emit(OpCodes.Call, ((Func<ulong, ulong>)Alu.Swap32).Method); return;
            default: _il.Emit(OpCodes.Call, ((Func<ulong, ulong>)Alu.Swap64).Method); return;
        }
    }

    private void EmitBinary(Op op, in Instruction slot, bool half, bool immediate)
    {
        // The register form of a row follows its immediate form, so both are named by the register form here.
        var operation = immediate && StepBuilder.IsImmediateOfPair(op) ? op + 1 : op;
        if (operation is Op.Neg32 or Op.Neg64)
        {
            _il.Emit(OpCodes.Neg);
            return;
        }

        var isShift = operation is Op.Lsh32Reg or Op.Rsh32Reg or Op.Arsh32Reg
            or Op.Lsh64Reg or Op.Rsh64Reg or Op.Arsh64Reg;
        if (isShift)
        {
            EmitShiftCount(slot, half, immediate);
        }
        else if (half && immediate)
        {
            _il.Emit(OpCodes.Ldc_I4, slot.Immediate);
        }
        else
        {
            LoadOperand(slot, immediate);
            _il.Emit(half ? OpCodes.Conv_U4 : OpCodes.Nop);
        }

        _il.Emit(operation switch
        {
            Op.Add32Reg or Op.Add64Reg => OpCodes.Add,
            Op.Sub32Reg or Op.Sub64Reg => OpCodes.Sub,
            Op.Mul32Reg or Op.Mul64Reg => OpCodes.Mul,
            Op.Or32Reg or Op.Or64Reg => OpCodes.Or,
            Op.And32Reg or Op.And64Reg => OpCodes.And,
            Op.Xor32Reg or Op.Xor64Reg => OpCodes.Xor,
            Op.Lsh32Reg or Op.Lsh64Reg => OpCodes.Shl,
            Op.Rsh32Reg or Op.Rsh64Reg => OpCodes.Shr_Un,
            Op.Arsh32Reg or Op.Arsh64Reg => OpCodes.Shr,
            Op.Div32Reg or Op.Div64Reg => OpCodes.Div_Un,
            Op.Mod32Reg or Op.Mod64Reg => OpCodes.Rem_Un,
            Op.SDiv32Reg or Op.SDiv64Reg => OpCodes.Div,
            _ => OpCodes.Rem,
        });
    }

    private void EmitShiftCount(in Instruction slot, bool half, bool immediate)
    {
        var mask = half ? 31 : 63;
        if (immediate)
        {
            _il.Emit(OpCodes.Ldc_I4, slot.Immediate & mask);
            return;
        }

        LoadRegister(slot.Source);
        _il.Emit(OpCodes.Conv_I4);
        _il.Emit(OpCodes.Ldc_I4, mask);
        _il.Emit(OpCodes.And);
    }

    private void LoadOperand(in Instruction slot, bool immediate)
    {
        if (immediate)
        {
            _il.Emit(OpCodes.Ldc_I8, (long)slot.Immediate);
        }
        else
        {
            LoadRegister(slot.Source);
        }
    }

    private static MethodInfo? Division(Op op) => op switch
    {
        Op.Div32Imm or Op.Div32Reg => ((Func<ulong, ulong, ulong>)Alu.Div32).Method,
        Op.Mod32Imm or Op.Mod32Reg => ((Func<ulong, ulong, ulong>)Alu.Mod32).Method,
        Op.SDiv32Imm or Op.SDiv32Reg => ((Func<ulong, ulong, ulong>)Alu.SDiv32).Method,
        Op.SMod32Imm or Op.SMod32Reg => ((Func<ulong, ulong, ulong>)Alu.SMod32).Method,
        Op.Div64Imm or Op.Div64Reg => ((Func<ulong, ulong, ulong>)Alu.Div64).Method,
        Op.Mod64Imm or Op.Mod64Reg => ((Func<ulong, ulong, ulong>)Alu.Mod64).Method,
        Op.SDiv64Imm or Op.SDiv64Reg => ((Func<ulong, ulong, ulong>)Alu.SDiv64).Method,
        Op.SMod64Imm or Op.SMod64Reg => ((Func<ulong, ulong, ulong>)Alu.SMod64).Method,
        _ => null,
    };

    private void EmitJump(int index, Op op, in Instruction slot)
    {
        var target = LabelOf(_program.Target(index));
        var cost = _shape.JumpCost(index);
        if (op.IsJumpAlways())
        {
            EmitPayment(index, cost, target);
            return;
        }

        if (cost == 0)
        {
            EmitCondition(op, slot, target);
            return;
        }

        var (taken, next) = (_il.DefineLabel(), _il.DefineLabel());
        EmitCondition(op, slot, taken);
        _il.Emit(OpCodes.Br, next);
        _il.MarkLabel(taken);
        EmitPayment(index, cost, target);
        _il.MarkLabel(next);
    }

    private void EmitCondition(Op op, in Instruction slot, Label taken)
    {
        var half = op.Is32();
        var immediate = !op.HasSourceRegister();
        LoadRegister(slot.Destination);
        _il.Emit(half ? OpCodes.Conv_I4 : OpCodes.Nop);
        if (half && immediate)
        {
            _il.Emit(OpCodes.Ldc_I4, slot.Immediate);
        }
        else
        {
            LoadOperand(slot, immediate);
            _il.Emit(half ? OpCodes.Conv_I4 : OpCodes.Nop);
        }

        var condition = (immediate ? op + 1 : op) - (half ? 0 : Op.Jeq64Reg - Op.Jeq32Reg);
        if (condition == Op.Jset32Reg)
        {
            _il.Emit(OpCodes.And);
            _il.Emit(OpCodes.Brtrue, taken);
            return;
        }

        _il.Emit(condition switch
        {
            Op.Jeq32Reg => OpCodes.Beq,
            Op.Jne32Reg => OpCodes.Bne_Un,
            Op.Jgt32Reg => OpCodes.Bgt_Un,
            Op.Jge32Reg => OpCodes.Bge_Un,
            Op.Jlt32Reg => OpCodes.Blt_Un,
            Op.Jle32Reg => OpCodes.Ble_Un,
            Op.Jsgt32Reg => OpCodes.Bgt,
            Op.Jsge32Reg => OpCodes.Bge,
            Op.Jslt32Reg => OpCodes.Blt,
            _ => OpCodes.Ble,
        }, taken);
    }

    // Pays fuel, then goes to a label. Without enough, a cold block asks for more.
    private void EmitPayment(int index, int cost, Label target)
    {
        if (cost > 0)
        {
            var poor = _il.DefineLabel();
            _il.Emit(OpCodes.Ldloc, _fuel!);
            _il.Emit(OpCodes.Ldc_I8, (long)cost);
            _il.Emit(OpCodes.Sub);
            _il.Emit(OpCodes.Stloc, _fuel!);
            _il.Emit(OpCodes.Ldloc, _fuel!);
            _il.Emit(OpCodes.Ldc_I8, 0L);
            _il.Emit(OpCodes.Blt, poor);
            _cold.Add(() =>
            {
                _il.MarkLabel(poor);
                RestoreFuel(cost);
                if (!_compiler.Unit.Machine.CanRenewFuel)
                {
                    // No call that comes back: values that live across one would keep the loop out of registers.
                    GiveFuel();
                    _il.Emit(OpCodes.Ldarg_0);
                    _il.Emit(OpCodes.Ldc_I4, index);
                    _il.Emit(OpCodes.Call, ((Action<BpfMachine, int>)BpfMachine.StopCompiled).Method);
                    EmitReturn(-1);
                    return;
                }

                _il.Emit(OpCodes.Ldarg_0);
                _il.Emit(OpCodes.Ldloc, _fuel!);
                _il.Emit(OpCodes.Ldc_I8, (long)cost);
                _il.Emit(OpCodes.Ldc_I4, index);
                _il.Emit(OpCodes.Call, ((Func<BpfMachine, long, long, int, long>)BpfMachine.PayCompiled).Method);
                _il.Emit(OpCodes.Stloc, _fuel!);
                EmitStopTest();
                _il.Emit(OpCodes.Br, target);
            });
        }

        _il.Emit(OpCodes.Br, target);
    }

    private void RestoreFuel(int cost)
    {
        _il.Emit(OpCodes.Ldloc, _fuel!);
        _il.Emit(OpCodes.Ldc_I8, (long)cost);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _fuel!);
    }

    private void EmitStopTest()
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldfld, StoppedField);
        _il.Emit(OpCodes.Brtrue, _stopped);
    }

    private void EmitHelperCall(int index, Action pushId)
    {
        GiveFuel();
        _il.Emit(OpCodes.Ldarg_0);
        pushId();
        _il.Emit(OpCodes.Ldc_I4, index);
        PushArguments();
        _il.Emit(OpCodes.Call, ((HelperCall)BpfMachine.CallHelperCompiled).Method);
        StoreRegister(0);
        EmitStopTest();
    }

    private void PushArguments()
    {
        for (var register = 1; register <= 5; register++)
        {
            LoadRegister(register);
        }
    }

    private void EmitLocalCall(int index, int target)
    {
        var (deep, call) = (_il.DefineLabel(), _il.DefineLabel());
        var deepest = _compiler.Unit.Machine.StackTop - ((BpfMachine.FrameCountMax - 2) * BpfMachine.FrameBytes);
        LoadRegister(OpTraits.FramePointer);
        _il.Emit(OpCodes.Ldc_I8, (long)deepest);
        _il.Emit(OpCodes.Blt_Un, deep);
        EmitPayment(index, _shape.CallCost(target), call);
        _il.MarkLabel(call);
        GiveFuel();
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldarg_1);
        PushArguments();
        LoadRegister(OpTraits.FramePointer);
        _il.Emit(OpCodes.Ldc_I8, (long)BpfMachine.FrameBytes);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Call, _compiler.Function(target));
        StoreRegister(0);
        TakeFuel();
        EmitStopTest();
        _cold.Add(() =>
        {
            _il.MarkLabel(deep);
            _il.Emit(OpCodes.Ldc_I4, index);
            _il.Emit(OpCodes.Stloc, _index);
            EmitFailure(FaultKind.CallDepth, () => LoadRegister(OpTraits.FramePointer));
        });
    }

    // A register holds a function's address, which is one of few known ones, or a helper's number.
    private void EmitRegisterCall(int index, int register)
    {
        var done = _il.DefineLabel();
        foreach (var target in _shape.AddressTaken)
        {
            var other = _il.DefineLabel();
            LoadRegister(register);
            _il.Emit(OpCodes.Ldc_I8, (long)(BpfMachine.CodeBase + (ulong)target));
            _il.Emit(OpCodes.Bne_Un, other);
            EmitLocalCall(index, target);
            _il.Emit(OpCodes.Br, done);
            _il.MarkLabel(other);
        }

        EmitHelperCall(index, () => LoadRegister(register));
        _il.MarkLabel(done);
    }

    private void EmitPacketLoad(Op op, in Instruction slot)
    {
        GiveFuel();
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I4, (int)op);
        _il.Emit(OpCodes.Ldc_I4, slot.Immediate);
        LoadRegister(slot.Source);
        _il.Emit(OpCodes.Call, ((Func<BpfMachine, Op, int, ulong, ulong>)BpfMachine.LoadPacketCompiled).Method);
        StoreRegister(0);
        EmitStopTest();
    }
}

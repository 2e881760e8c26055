using System.Reflection.Emit;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <content>Loads, stores and atomic instructions.</content>
internal sealed partial class FunctionEmitter
{
    private delegate ulong AtomicCall(Op op, ref byte place, ulong source, ulong register0);

    // The base register: the source of loads, the destination of everything else.
    private static int BaseRegister(Op op, in Instruction slot) => op.IsLoad() ? slot.Source : slot.Destination;

    private bool NeedsCheck(int index, Op op)
    {
        var slot = _program.Instructions[index];
        var inFrame = BaseRegister(op, slot) == OpTraits.FramePointer
            && slot.Offset >= -BpfMachine.FrameBytes && slot.Offset <= -op.AccessBytes();
        return !inFrame && !_compiler.IsProved(index);
    }

    // Pushes the host's address of an access, after the check if one is needed.
    private void EmitPlace(int index, Op op, in Instruction slot)
    {
        var displacement = slot.Offset - (long)BpfArena.VirtualBase;
        if (!NeedsCheck(index, op))
        {
            _il.Emit(OpCodes.Ldarg_1);
            LoadRegister(BaseRegister(op, slot));
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Ldc_I8, displacement);
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Add);
            return;
        }

        var outside = _il.DefineLabel();
        LoadRegister(BaseRegister(op, slot));
        _il.Emit(OpCodes.Ldc_I8, displacement);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _address);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Ldloc, _limits[op.AccessBytes()]);
        _il.Emit(OpCodes.Bgt_Un, outside);
        _il.Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
        _cold.Add(() =>
        {
            _il.MarkLabel(outside);
            _il.Emit(OpCodes.Ldc_I4, index);
            _il.Emit(OpCodes.Stloc, _index);
            _il.Emit(OpCodes.Br, _memoryFault);
        });
    }

    private void EmitLoad(int index, Op op, in Instruction slot)
    {
        EmitPlace(index, op, slot);
        Unaligned(op);
        _il.Emit(op switch
        {
            Op.Load8 => OpCodes.Ldind_U1,
            Op.Load16 => OpCodes.Ldind_U2,
            Op.Load32 => OpCodes.Ldind_U4,
            Op.LoadSx8 => OpCodes.Ldind_I1,
            Op.LoadSx16 => OpCodes.Ldind_I2,
            Op.LoadSx32 => OpCodes.Ldind_I4,
            _ => OpCodes.Ldind_I8,
        });
        _il.Emit(op >= Op.LoadSx8 ? OpCodes.Conv_I8 : op == Op.Load64 ? OpCodes.Nop : OpCodes.Conv_U8);
        StoreRegister(slot.Destination);
    }

    private void EmitStore(int index, Op op, in Instruction slot)
    {
        EmitPlace(index, op, slot);
        LoadOperand(slot, immediate: op >= Op.Store8Imm);
        var size = op.AccessBytes();
        _il.Emit(size switch { 1 => OpCodes.Conv_U1, 2 => OpCodes.Conv_U2, 4 => OpCodes.Conv_U4, _ => OpCodes.Nop });
        Unaligned(op);
        _il.Emit(size switch { 1 => OpCodes.Stind_I1, 2 => OpCodes.Stind_I2, 4 => OpCodes.Stind_I4, _ => OpCodes.Stind_I8 });
    }

    private void EmitAtomic(int index, Op op, in Instruction slot)
    {
        EmitAlignmentTest(index, op, slot);
        _il.Emit(OpCodes.Ldc_I4, (int)op);
        EmitPlace(index, op, slot);
        LoadRegister(slot.Source);
        LoadRegister(0);
        _il.Emit(OpCodes.Call, ((AtomicCall)AtomicOps.Execute).Method);
        if (op.WrittenRegister(slot) is >= 0 and var written)
        {
            StoreRegister(written);
        }
        else
        {
            _il.Emit(OpCodes.Pop);
        }
    }

    // An access outside of the arena is a memory fault even if misaligned: the cold block makes the difference.
    private void EmitAlignmentTest(int index, Op op, in Instruction slot)
    {
        var size = op.AccessBytes();
        var (register, displacement) = (slot.Destination, slot.Offset - (long)BpfArena.VirtualBase);
        var misaligned = _il.DefineLabel();
        LoadRegister(register);
        _il.Emit(OpCodes.Ldc_I8, displacement);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _address);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Ldc_I8, size - 1L);
        _il.Emit(OpCodes.And);
        _il.Emit(OpCodes.Brtrue, misaligned);
        _cold.Add(() =>
        {
            _il.MarkLabel(misaligned);
            _il.Emit(OpCodes.Ldc_I4, index);
            _il.Emit(OpCodes.Stloc, _index);
            _il.Emit(OpCodes.Ldloc, _address);
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldfld, LimitField);
            _il.Emit(OpCodes.Ldc_I8, (long)size);
            _il.Emit(OpCodes.Sub);
            _il.Emit(OpCodes.Bgt_Un, _memoryFault);
            EmitFailure(FaultKind.Misaligned, () =>
            {
                _il.Emit(OpCodes.Ldloc, _address);
                _il.Emit(OpCodes.Ldc_I8, (long)BpfArena.VirtualBase);
                _il.Emit(OpCodes.Add);
            });
        });
    }

    private void Unaligned(Op op)
    {
        if (op.AccessBytes() > 1)
        {
            _il.Emit(OpCodes.Unaligned, (byte)1);
        }
    }
}

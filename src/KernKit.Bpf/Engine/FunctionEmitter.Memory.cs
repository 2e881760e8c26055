using System.Buffers.Binary;
using System.Reflection.Emit;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <content>Loads, stores and atomic instructions.</content>
internal sealed partial class FunctionEmitter
{
    private delegate ulong AtomicCall(Op op, ref byte place, ulong source, ulong register0);

    // In the frame means a constant distance from r10: its region's one frame is the whole check, done here.
    private bool NeedsCheck(int index, Op op)
    {
        if (!_plan.Checks.ContainsKey(index))
        {
            return false;
        }

        var slot = _program.Instructions[index];
        return !(op.BaseRegister(slot) == OpTraits.FramePointer && _compiler.Unit.Regions[index] == Region.Frame);
    }

    // The length of the context varies from run to run, and with lanes so does the arena's: they become locals once.
    private void DeclareLimit(Region region, int size)
    {
        if (region is Region.Frame or Region.Nowhere || _limits.ContainsKey((region, size)))
        {
            return;
        }

        var limit = _limits[(region, size)] = _il.DeclareLocal(typeof(ulong));
        var field = region == Region.Arena ? LimitField : ContextLimitField;
        var (fits, done) = (_il.DefineLabel(), _il.DefineLabel());
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldfld, field);
        _il.Emit(OpCodes.Ldc_I8, (long)size);
        _il.Emit(OpCodes.Bge_Un, fits);
        _il.Emit(OpCodes.Ldc_I8, 0L);
        _il.Emit(OpCodes.Stloc, limit);
        _il.Emit(OpCodes.Br, done);
        _il.MarkLabel(fits);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldfld, field);
        _il.Emit(OpCodes.Ldc_I8, size - 1L);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Stloc, limit);
        _il.MarkLabel(done);
    }

    // Pushes the host's address of an access, after the check if one is needed.
    private void EmitPlace(int index, Op op, in Instruction slot)
    {
        if (!NeedsCheck(index, op))
        {
            _il.Emit(OpCodes.Ldarg_1);
            LoadRegister(op.BaseRegister(slot));
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Ldc_I8, slot.Offset - (long)BpfArena.VirtualBase);
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Add);
            return;
        }

        var unit = _compiler.Unit;
        var (low, high) = _plan.Checks[index];
        var (region, size) = (unit.Regions[index], high - low);
        var (at, length) = AccessWindow.Locate(unit.Machine, unit, region);
        var address = (long)BpfArena.VirtualBase + at;
        var outside = _il.DefineLabel();
        LoadRegister(op.BaseRegister(slot));
        _il.Emit(OpCodes.Ldc_I8, low - address);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Stloc, _address);
        _il.Emit(OpCodes.Ldloc, _address);
        if (_limits.TryGetValue((region, size), out var limit))
        {
            _il.Emit(OpCodes.Ldloc, limit);
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I8, region == Region.Frame ? Math.Max(0, (long)length - size + 1) : 0L);
        }

        _il.Emit(OpCodes.Bge_Un, outside);
        _il.Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Ldloc, _address);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Ldc_I4, at + slot.Offset - low);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.Add);
        _cold.Add(() =>
        {
            _il.MarkLabel(outside);
            if (_plan.Reads.TryGetValue(index, out var reads))
            {
                EmitHandOver(index, reads);
                return;
            }

            _il.Emit(OpCodes.Ldloc, _address);
            _il.Emit(OpCodes.Ldc_I8, address);
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Stloc, _address);
            _il.Emit(OpCodes.Ldc_I4, index);
            _il.Emit(OpCodes.Stloc, _index);
            _il.Emit(OpCodes.Br, _memoryFault);
        });
    }

    // Leaves the rest of the block, in which something is going to fault, to the interpreter.
    private void EmitHandOver(int index, int reads)
    {
        for (var register = 0; register < _registers.Length; register++)
        {
            if ((reads & (1 << register)) != 0)
            {
                _il.Emit(OpCodes.Ldc_I8, (long)_compiler.Unit.OperandsAddress + (register * sizeof(ulong)));
                _il.Emit(OpCodes.Conv_I);
                LoadRegister(register);
                _il.Emit(OpCodes.Stind_I8);
            }
        }

        GiveFuel();
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I4, index);
        _il.Emit(OpCodes.Call, ((Action<BpfMachine, int>)BpfMachine.HandOverCompiled).Method);
        if (_form == MethodForm.Slice)
        {
            _il.Emit(OpCodes.Ldc_I4, -1);
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I8, 0L);
        }

        _il.Emit(OpCodes.Ret);
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

    // Only where the first load's comparison, or a proof, stands for both.
    private BigEndianPair? Pair(int slot) =>
        BigEndianPair.At(_program, slot, other => !_shape.IsLeader(other)) is { } pair
        && !NeedsCheck(slot + 1, Op.Load8) && _compiler.Unit.Regions[slot] == _compiler.Unit.Regions[slot + 1]
        ? pair : null;

    private void EmitBigEndian(int slot, BigEndianPair pair)
    {
        var (high, low) = (_program.Instructions[pair.High], _program.Instructions[pair.Low]);
        EmitPlace(slot, Op.Load8, high);
        _il.Emit(OpCodes.Unaligned, (byte)1);
        _il.Emit(OpCodes.Ldind_U2);
        _il.Emit(OpCodes.Call, ((Func<ushort, ushort>)BinaryPrimitives.ReverseEndianness).Method);
        _il.Emit(OpCodes.Conv_U8);
        StoreRegister(high.Destination);
        LoadRegister(high.Destination);
        _il.Emit(OpCodes.Conv_U1);
        _il.Emit(OpCodes.Conv_U8);
        StoreRegister(low.Destination);
    }

    private void EmitStore(int index, Op op, in Instruction slot)
    {
        EmitPlace(index, op, slot);
        LoadOperand(slot, immediate: op >= Op.Store8Imm);
        var size = op.AccessBytes();
        _il.Emit(size switch { 1 => OpCodes.Conv_U1, 2 => OpCodes.Conv_U2, 4 => OpCodes.Conv_U4, _ => OpCodes.Nop });
        Unaligned(op);
        _il.Emit(size switch
        {
            1 => OpCodes.Stind_I1,
            2 => OpCodes.Stind_I2,
            4 => OpCodes.Stind_I4,
            _ =>
            OpCodes.Stind_I8
        });
    }

    private void EmitAtomic(int index, Op op, in Instruction slot)
    {
        var size = op.AccessBytes();
        var place = _il.DeclareLocal(typeof(nint));
        var misaligned = _il.DefineLabel();
        EmitPlace(index, op, slot);
        _il.Emit(OpCodes.Stloc, place);
        _il.Emit(OpCodes.Ldloc, place);
        _il.Emit(OpCodes.Ldc_I4, size - 1);
        _il.Emit(OpCodes.Conv_I);
        _il.Emit(OpCodes.And);
        _il.Emit(OpCodes.Brtrue, misaligned);
        _il.Emit(OpCodes.Ldc_I4, (int)op);
        _il.Emit(OpCodes.Ldloc, place);
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

        // The arena's array begins at a multiple of 8, so an address is aligned if its place is.
        _cold.Add(() =>
        {
            _il.MarkLabel(misaligned);
            _il.Emit(OpCodes.Ldc_I4, index);
            _il.Emit(OpCodes.Stloc, _index);
            EmitFailure(FaultKind.Misaligned, () =>
            {
                _il.Emit(OpCodes.Ldloc, place);
                _il.Emit(OpCodes.Ldarg_1);
                _il.Emit(OpCodes.Sub);
                _il.Emit(OpCodes.Conv_U8);
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

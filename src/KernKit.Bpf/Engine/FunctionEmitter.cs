using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Emits one method: a function, or a slice of one.</summary>
[RequiresDynamicCode("Emits IL.")]
internal sealed partial class FunctionEmitter
{
    private const int FirstRegisterArgument = 2;
    private const int FrameArgument = 7;

    private static readonly FieldInfo StoppedField = Field(nameof(BpfMachine.Stopped));
    private static readonly FieldInfo LimitField = Field(nameof(BpfMachine.Limit));
    private static readonly FieldInfo ContextLimitField = Field(nameof(BpfMachine.ContextLimit));
    private static readonly FieldInfo FuelField = Field(nameof(BpfMachine.FuelLeft));

    private readonly Compiler _compiler;
    private readonly ILGenerator _il;
    private readonly BpfProgram _program;
    private readonly ProgramShape _shape;
    private readonly int[] _slots;
    private readonly int _entry;
    private readonly MethodForm _form;
    private readonly LocalBuilder?[] _registers = new LocalBuilder?[11];
    private readonly Dictionary<(Region Region, int Size), LocalBuilder> _limits = [];
    private readonly Dictionary<int, Label> _labels = [];
    private readonly Dictionary<int, Label> _leaving = [];
    private readonly List<Action> _cold = [];
    private readonly LocalBuilder _address;
    private readonly LocalBuilder _index;
    private readonly Label _memoryFault;
    private readonly Label _stopped;
    private readonly CheckPlan _plan;
    private LocalBuilder? _fuel;

    /// <summary>Prepares to emit the instructions at some slots, ascending.</summary>
    public FunctionEmitter(Compiler compiler, ILGenerator il, CheckPlan plan, int[] slots, int entry, MethodForm form)
    {
        (_compiler, _il, _plan, _slots, _entry, _form) = (compiler, il, plan, slots, entry, form);
        _program = compiler.Unit.Program;
        _shape = compiler.Unit.Shape;
        _address = il.DeclareLocal(typeof(ulong));
        _index = il.DeclareLocal(typeof(int));
        _memoryFault = il.DefineLabel();
        _stopped = il.DefineLabel();
    }

    /// <summary>Emits the method's IL.</summary>
    public void Emit()
    {
        foreach (var slot in _slots)
        {
            _labels[slot] = _il.DefineLabel();
        }

        EmitPrologue();
        for (var i = 0; i < _slots.Length; i++)
        {
            var slot = _slots[i];
            _il.MarkLabel(_labels[slot]);
            if (Pair(slot) is { } pair && i + BigEndianPair.Length <= _slots.Length)
            {
                EmitBigEndian(slot, pair);
                i += BigEndianPair.Length - 1;
                continue;
            }

            EmitInstruction(slot, _program.Ops[slot], _program.Instructions[slot]);
        }

        var last = _slots[^1];
        if (_program.Ops[last] != Op.Exit && !_program.Ops[last].IsJumpAlways())
        {
            _il.Emit(OpCodes.Br, LabelOf(last + (_program.Ops[last].IsWide() ? 2 : 1)));
        }

        for (var i = 0; i < _cold.Count; i++)
        {
            _cold[i]();
        }

        EmitExits();
    }

    private static FieldInfo Field(string name) =>
        typeof(BpfMachine).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!;

    private void EmitPrologue()
    {
        var needsFuel = _form == MethodForm.Slice;
        foreach (var slot in _slots)
        {
            var op = _program.Ops[slot];
            needsFuel |= (op.IsJump() && _shape.JumpCost(slot) > 0) || op is Op.CallLocal or Op.CallReg;
            if (NeedsCheck(slot, op))
            {
                var (low, high) = _plan.Checks[slot];
                DeclareLimit(_compiler.Unit.Regions[slot], high - low);
            }
        }

        if (needsFuel)
        {
            _fuel = _il.DeclareLocal(typeof(long));
            TakeFuel();
        }

        for (var register = 0; register < _registers.Length; register++)
        {
            var isArgument = _form switch
            {
                MethodForm.Main => register is 1 or 2,
                MethodForm.Function => register is (>= 1 and <= 5) or OpTraits.FramePointer,
                _ => false,
            };
            if (!isArgument)
            {
                _registers[register] = _il.DeclareLocal(typeof(ulong));
            }
        }

        if (_form == MethodForm.Main)
        {
            _il.Emit(OpCodes.Ldc_I8, (long)_compiler.Unit.Machine.StackTop);
            _il.Emit(OpCodes.Stloc, _registers[OpTraits.FramePointer]!);
        }

        if (_form == MethodForm.Slice)
        {
            EmitSliceEntry();
        }
        else if (_entry != _slots[0])
        {
            _il.Emit(OpCodes.Br, _labels[_entry]);
        }
    }

    // Registers from memory, then to the slot that the caller names: one of this slice.
    private void EmitSliceEntry()
    {
        for (var register = 0; register < _registers.Length; register++)
        {
            _il.Emit(OpCodes.Ldarg_2);
            _il.Emit(OpCodes.Ldc_I4, register * sizeof(ulong));
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Ldind_I8);
            _il.Emit(OpCodes.Stloc, _registers[register]!);
        }

        var table = new Label[_slots[^1] - _slots[0] + 1];
        Array.Fill(table, _labels[_slots[0]]);
        foreach (var slot in EnteredFromOutside())
        {
            table[slot - _slots[0]] = _labels[slot];
        }

        _il.Emit(OpCodes.Ldarg_3);
        _il.Emit(OpCodes.Ldc_I4, _slots[0]);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Switch, table);
    }

    private HashSet<int> EnteredFromOutside()
    {
        var entries = new HashSet<int>(_shape.Entries.Where(_labels.ContainsKey));
        for (var i = 0; i < _program.Length; i++)
        {
            if (_program.Ops[i] >= 0 && _program.Ops[i].IsJump() && !_labels.ContainsKey(i)
                && _labels.ContainsKey(_program.Target(i)))
            {
                entries.Add(_program.Target(i));
            }
        }

        return entries;
    }

    // Where a jump goes: a label of this method, or a block that leaves the slice.
    private Label LabelOf(int slot)
    {
        if (_labels.TryGetValue(slot, out var label))
        {
            return label;
        }

        if (!_leaving.TryGetValue(slot, out label))
        {
            _leaving[slot] = label = _il.DefineLabel();
            var leaving = label;
            _cold.Add(() =>
            {
                _il.MarkLabel(leaving);
                SpillRegisters();
                EmitReturn(slot);
            });
        }

        return label;
    }

    private void SpillRegisters()
    {
        for (var register = 0; register < 10; register++)
        {
            SpillRegister(register);
        }
    }

    private void SpillRegister(int register)
    {
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Ldc_I4, register * sizeof(ulong));
        _il.Emit(OpCodes.Add);
        LoadRegister(register);
        _il.Emit(OpCodes.Stind_I8);
    }

    private void EmitExits()
    {
        _il.MarkLabel(_memoryFault);
        EmitFailure(FaultKind.Memory, () => _il.Emit(OpCodes.Ldloc, _address));
        _il.MarkLabel(_stopped);
        EmitReturn(-1);
    }

    // Reports a fault at the slot in _index, whose address the callback pushes, and returns.
    private void EmitFailure(FaultKind kind, Action pushAddress)
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I4, (int)kind);
        _il.Emit(OpCodes.Ldloc, _index);
        pushAddress();
        _il.Emit(OpCodes.Call, ((Action<BpfMachine, FaultKind, int, ulong>)BpfMachine.FailCompiled).Method);
        EmitReturn(-1);
    }

    // Leaves the method. A slice returns the next slot, a function nothing of use: register 0 is EmitExit's.
    private void EmitReturn(int nextSlot)
    {
        GiveFuel();
        if (_form == MethodForm.Slice)
        {
            _il.Emit(OpCodes.Ldc_I4, nextSlot);
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I8, 0L);
        }

        _il.Emit(OpCodes.Ret);
    }

    private void EmitExit()
    {
        if (_form == MethodForm.Slice)
        {
            SpillRegister(0);
            EmitReturn(-1);
            return;
        }

        GiveFuel();
        LoadRegister(0);
        _il.Emit(OpCodes.Ret);
    }

    private void TakeFuel()
    {
        if (_fuel is not null)
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldfld, FuelField);
            _il.Emit(OpCodes.Stloc, _fuel);
        }
    }

    private void GiveFuel()
    {
        if (_fuel is not null)
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldloc, _fuel);
            _il.Emit(OpCodes.Stfld, FuelField);
        }
    }

    private void LoadRegister(int register)
    {
        if (_registers[register] is { } local)
        {
            _il.Emit(OpCodes.Ldloc, local);
        }
        else
        {
            _il.Emit(OpCodes.Ldarg, register == OpTraits.FramePointer
                ? FrameArgument : FirstRegisterArgument - 1 + register);
        }
    }

    private void StoreRegister(int register)
    {
        if (_registers[register] is { } local)
        {
            _il.Emit(OpCodes.Stloc, local);
        }
        else
        {
            _il.Emit(OpCodes.Starg, FirstRegisterArgument - 1 + register);
        }
    }
}

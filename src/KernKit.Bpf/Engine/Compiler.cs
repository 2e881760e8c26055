using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;

namespace KernKit.Bpf.Engine;

/// <summary>Turns a program into IL, which .NET compiles to the processor's instructions.</summary>
/// <remarks>
/// <para>A function becomes a method; registers become its locals and arguments, whose address is never taken, so that
/// the JIT keeps them in the processor's registers. Control flow becomes branches between labels, straight from the
/// program.</para>
/// <para>An access of memory is: subtract the address of its <see cref="Region"/>, compare with the region's length
/// less the size, branch to a cold block if above, load. No check is needed for a constant distance from r10 inside of
/// the frame, and for what the verifier proved. Fuel is a local, paid where <see cref="ProgramShape"/> says.</para>
/// <para>A function beyond <see cref="SliceSlots"/> is cut into slices at places that few jumps cross; registers travel
/// through memory between slices. Statuses equal the interpreter's in every case; tests compare them.</para>
/// </remarks>
[RequiresDynamicCode("Emits IL.")]
internal sealed class Compiler(ProgramUnit unit)
{
    /// <summary>Slots of one method at most: about half of what makes the JIT give up optimizing.</summary>
    public const int SliceSlots = 1_500;

    private static readonly Type[] FunctionTypes =
    [
        typeof(BpfMachine), typeof(nint), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong),
        typeof(ulong),
    ];

    private static readonly Type[] MainTypes = [typeof(BpfMachine), typeof(nint), typeof(ulong), typeof(ulong)];

    private static readonly Type[] SliceTypes = [typeof(BpfMachine), typeof(nint), typeof(nint), typeof(int)];

    private readonly Dictionary<int, DynamicMethod> _functions = [];

    /// <summary>What is compiled, and the machine that the code is for: its arena, its constants.</summary>
    public ProgramUnit Unit => unit;

    /// <summary>The method of a local function.</summary>
    public MethodInfo Function(int entry) => _functions[entry];

    /// <summary>Compiles all functions.</summary>
    /// <returns>The program's entry.</returns>
    public CompiledEntry Compile()
    {
        foreach (var entry in unit.Shape.Entries)
        {
            _functions[entry] = Method($"bpf_{entry}", typeof(ulong), FunctionTypes);
        }

        foreach (var entry in unit.Shape.Entries)
        {
            var slots = unit.Shape.Function(entry);
            if (entry == 0 && !unit.Shape.IsMainCalled && slots.Length <= SliceSlots)
            {
                continue;
            }

            var plan = new CheckPlan(unit, slots, entry);
            if (slots.Length <= SliceSlots)
            {
                new FunctionEmitter(this, _functions[entry].GetILGenerator(), plan, slots, entry, MethodForm.Function)
                    .Emit();
            }
            else
            {
                Slice(entry, slots, plan);
            }
        }

        return Main().CreateDelegate<CompiledEntry>(unit.Machine);
    }

    // The entry has only the arguments that vary: all of them travel in the processor's registers.
    private DynamicMethod Main()
    {
        var slots = unit.Shape.Function(0);
        var main = Method("bpf_main", typeof(ulong), MainTypes);
        var il = main.GetILGenerator();
        if (!unit.Shape.IsMainCalled && slots.Length <= SliceSlots)
        {
            new FunctionEmitter(this, il, new CheckPlan(unit, slots, 0), slots, 0, MethodForm.Main).Emit();
            return main;
        }

        for (var i = 0; i < MainTypes.Length; i++)
        {
            il.Emit(OpCodes.Ldarg, i);
        }

        for (var register = 3; register <= 5; register++)
        {
            il.Emit(OpCodes.Ldc_I8, 0L);
        }

        il.Emit(OpCodes.Ldc_I8, (long)unit.Machine.StackTop);
        il.Emit(OpCodes.Call, _functions[0]);
        il.Emit(OpCodes.Ret);
        return main;
    }

    private static DynamicMethod Method(string name, Type result, Type[] parameters) =>
        new(name, result, parameters, typeof(BpfMachine).Module, skipVisibility: true);

    private void Slice(int entry, int[] slots, CheckPlan plan)
    {
        var sliceOfSlot = new int[unit.Program.Length];
        var slices = new List<CompiledSlice>();
        foreach (var (from, to) in SliceCutter.Cut(unit.Program, slots))
        {
            var part = slots[from..to];
            foreach (var slot in part)
            {
                sliceOfSlot[slot] = slices.Count;
            }

            var method = Method($"bpf_{entry}_{part[0]}", typeof(int), SliceTypes);
            new FunctionEmitter(this, method.GetILGenerator(), plan, part, part[0], MethodForm.Slice).Emit();
            slices.Add(method.CreateDelegate<CompiledSlice>(unit.Machine));
        }

        unit.SlicedFunctions[entry] = new SlicedFunction(sliceOfSlot, [.. slices]);
        var il = _functions[entry].GetILGenerator();
        for (var i = 0; i < FunctionTypes.Length; i++)
        {
            il.Emit(OpCodes.Ldarg, i);
        }

        il.Emit(OpCodes.Ldc_I4, entry);
        il.Emit(OpCodes.Call, ((SlicedRun)SlicedFunction.Run).Method);
        il.Emit(OpCodes.Ret);
    }

    private delegate ulong SlicedRun(
        BpfMachine machine, nint memory, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, ulong r10, int entry);
}

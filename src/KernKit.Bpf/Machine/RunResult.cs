using System.Globalization;

namespace KernKit.Bpf;

/// <summary>How a run ended, where and with what.</summary>
/// <param name="Status">Whether the program finished.</param>
/// <param name="Value">Register 0 at the exit; 0 unless <see cref="RunStatus.Ok"/>.</param>
/// <param name="InstructionIndex">The slot that faulted or lacked fuel; -1 after an exit.</param>
/// <param name="Fault">The kind of fault.</param>
/// <param name="Address">The virtual address that a memory fault touched; for an unknown helper its id.</param>
public readonly record struct RunResult(
    RunStatus Status, ulong Value, int InstructionIndex = -1, FaultKind Fault = FaultKind.None, ulong Address = 0)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => Status switch
    {
        RunStatus.Ok => string.Create(CultureInfo.InvariantCulture, $"ok: r0 = 0x{Value:x}"),
        RunStatus.OutOfFuel => string.Create(CultureInfo.InvariantCulture,
            $"out of fuel at instruction {InstructionIndex}"),
        _ => string.Create(
            CultureInfo.InvariantCulture, $"fault at instruction {InstructionIndex}: {Fault}, 0x{Address:x}"),
    };
}

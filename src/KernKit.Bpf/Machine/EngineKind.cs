namespace KernKit.Bpf;

/// <summary>What executes a program.</summary>
public enum EngineKind
{
    /// <summary>The interpreter first; after <see cref="MachineOptions.CompileAfterRuns"/> runs the compiler.</summary>
    Tiered,

    /// <summary>The interpreter: starts at once, can be resumed, works where code cannot be generated.</summary>
    Interpreter,

    /// <summary>The compiler, before the first run. Where code cannot be generated, the interpreter.</summary>
    Compiled,
}

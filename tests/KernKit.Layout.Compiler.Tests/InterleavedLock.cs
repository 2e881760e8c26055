namespace KernKit.Layout.Compiler.Tests;

/// <summary>Stands in for <see cref="Lock"/> in generated code that runs on <see cref="Interleaved"/>.</summary>
public sealed class InterleavedLock
{
    private bool _isHeld;

    /// <summary>Waits for the lock, and takes it.</summary>
    public void Enter()
    {
        Interleaved.WaitWhile(() => _isHeld && Interleaved.Broken != "lock");
        _isHeld = true;
    }

    /// <summary>Lets go of it.</summary>
    public void Exit()
    {
        _isHeld = false;
        Interleaved.Step();
    }
}

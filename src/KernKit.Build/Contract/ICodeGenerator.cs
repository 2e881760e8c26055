namespace KernKit.Build;

/// <summary>
/// A generator that runs inside the build's own process: no start-up time, and its reads are dependencies by
/// themselves. Named by a <c>CodeGenerator</c> item's <c>Assembly</c> and <c>Type</c>.
/// </summary>
/// <remarks>
/// A new instance is made for each step; steps run in parallel, so statics have to be safe among threads. The assembly
/// is loaded from its bytes and never locked. Use nothing of the process: no current directory, no environment, no
/// console. An exception fails the step.
/// </remarks>
public interface ICodeGenerator
{
    /// <summary>Makes the outputs of one step.</summary>
    /// <param name="context">What to read, where to write, whom to tell.</param>
    void Generate(GenerationContext context);
}

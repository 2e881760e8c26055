namespace KernKit.Build;

/// <summary>What a step runs in: a directory, a few variables, perhaps a cage.</summary>
internal record Surroundings
{
    /// <summary>Where it runs; the project, or a copy of it. Absolute.</summary>
    public required string ProjectDirectory { get; init; }

    /// <summary>Variables over the usual ones, <c>NAME=value</c>.</summary>
    public string[] Environment { get; init; } = [];

    /// <summary>What every step runs in that is not being examined.</summary>
    /// <param name="declaration">Its project.</param>
    /// <returns>The project, and nothing else.</returns>
    public static Surroundings Usual(BuildDeclaration declaration) =>
        new() { ProjectDirectory = declaration.ProjectDirectory };

    /// <summary>Changes how a program is started.</summary>
    /// <param name="start">As usual.</param>
    /// <returns>As it will be.</returns>
    public virtual ProcessStart Wrap(ProcessStart start) => start;

    /// <summary>Starts a program from within.</summary>
    /// <param name="start">Starts it.</param>
    /// <returns>Its process number.</returns>
    public virtual int StartIn(Func<int> start) => start();

    /// <summary>Runs a class from within; an exception comes out as it is.</summary>
    /// <param name="action">Runs it.</param>
    public virtual void RunIn(Action action) => action();
}

using Microsoft.Build.Framework;

namespace KernKit.Build;

/// <summary>Removes what <see cref="GenerateCode"/> made, unless a person has edited it since.</summary>
[MSBuildMultiThreadableTask]
public sealed class CleanGeneratedCode : Microsoft.Build.Utilities.Task
{
    /// <summary>The project's directory, absolute.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>Where the database is; may be relative to the project.</summary>
    [Required]
    public string IntermediateDirectory { get; set; } = "";

    /// <summary>The directory that holds KernKit.Build.dll and what it needs.</summary>
    [Required]
    public string ToolsDirectory { get; set; } = "";

    /// <summary>Cleans.</summary>
    /// <returns>False if an error was logged.</returns>
    public override bool Execute()
    {
        try
        {
            EngineLoader.Load(Path.GetFullPath(ToolsDirectory, ProjectDirectory))(new Dictionary<string, object>
            {
                ["clean"] = true,
                ["projectDirectory"] = ProjectDirectory,
                ["intermediateDirectory"] = Path.GetFullPath(IntermediateDirectory, ProjectDirectory),
                ["report"] = (Action<string, string, string, int, int, string>)Report,
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            Log.LogError(null, "KK9001", null, null, "", 0, 0, 0, 0, "{0}", error.Message);
        }

        return !Log.HasLoggedErrors;
    }

    private void Report(string kind, string code, string file, int line, int column, string message)
    {
        if (kind == "error")
        {
            Log.LogError(null, code, null, null, file, line, column, 0, 0, "{0}", message);
        }
        else
        {
            Log.LogWarning(null, code, null, null, file, line, column, 0, 0, "{0}", message);
        }
    }
}

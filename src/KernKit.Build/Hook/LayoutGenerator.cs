using KernKit.Layout.Compiler;

namespace KernKit.Build;

/// <summary>
/// Schemas to C#: the generator behind <c>&lt;Layout&gt;</c> items. With an input it compiles that schema; without one
/// it writes the types that all generated code of a project shares.
/// </summary>
internal sealed class LayoutGenerator : ICodeGenerator
{
    /// <inheritdoc/>
    public void Generate(GenerationContext context)
    {
        if (Options(context) is not { } options)
        {
            return;
        }

        if (context.Inputs.Count == 0)
        {
            foreach (var (name, text) in LayoutCompiler.EmitSupport(options))
            {
                context.WriteText(name, text);
            }

            return;
        }

        var result = LayoutCompiler.Compile(context.Inputs[0], path => ReadSchema(context, path), options);
        foreach (var message in result.Diagnostics)
        {
            context.Report(message.IsError, message.File, message.Line, message.Column, message.Code, message.Message);
        }

        if (result.Succeeded)
        {
            foreach (var (name, text) in result.Outputs)
            {
                context.WriteText(name, text);
            }
        }
    }

    private static string? ReadSchema(GenerationContext context, string path)
    {
        try
        {
            return context.ReadText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException
            or System.Text.DecoderFallbackException)
        {
            context.Report(true, path, 0, 0, "KK9003", $"cannot be read as UTF-8 text: {error.Message}");
            return null;
        }
    }

    private static bool IsTrue(GenerationContext context, string option) =>
        context.Options.GetValueOrDefault(option, "false").Equals("true", StringComparison.OrdinalIgnoreCase);

    private static CompileOptions? Options(GenerationContext context)
    {
        static bool IsIdentifier(string text) =>
            text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(static c => char.IsLetterOrDigit(c) || c == '_');

        var space = context.Options.GetValueOrDefault("Namespace", "");
        var visibility = context.Options.GetValueOrDefault("Visibility", "internal");
        if (!Array.TrueForAll(space.Split('.'), IsIdentifier))
        {
            context.Report(true, "", 0, 0, "KK9004",
                $"LayoutNamespace '{space}' is no C# namespace; set the property to dotted identifiers");
            return null;
        }

        if (!visibility.Equals("internal", StringComparison.OrdinalIgnoreCase) &&
            !visibility.Equals("public", StringComparison.OrdinalIgnoreCase))
        {
            context.Report(true, "", 0, 0, "KK9004",
                $"LayoutVisibility '{visibility}' is unknown; it is internal or public");
            return null;
        }

        var fieldTables = context.Options.GetValueOrDefault("FieldTables", "none");
        if (!Enum.TryParse<LayoutFieldTables>(fieldTables, ignoreCase: true, out var tables)
            || !Enum.IsDefined(tables))
        {
            context.Report(true, "", 0, 0, "KK9004",
                $"LayoutFieldTables '{fieldTables}' is unknown; it is none, also or only");
            return null;
        }

        return new CompileOptions
        {
            Namespace = space,
            Visibility = visibility.Equals("public", StringComparison.OrdinalIgnoreCase)
                ? LayoutVisibility.Public
                : LayoutVisibility.Internal,
            Objects = IsTrue(context, "Objects"),
            LinePath = IsTrue(context, "Lines") ? context.PathFromOutput : null,
            FieldTables = tables,
        };
    }
}

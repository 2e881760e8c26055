namespace KernKit.Build;

/// <summary>The declared graph cannot work; the message says what is wrong, where, and what to do.</summary>
/// <param name="code"><c>KK</c> and four digits.</param>
/// <param name="message">The sentence.</param>
internal sealed class DeclarationException(string code, string message) : Exception(message)
{
    /// <summary>As MSBuild shows it.</summary>
    public string Code { get; } = code;
}

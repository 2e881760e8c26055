namespace Microsoft.Build.Framework;

/// <summary>
/// Tells MSBuild that a task uses no current directory, no environment and no unguarded statics, and may share its
/// process with other projects' tasks. MSBuild matches the attribute by name; the referenced Framework package
/// predates it, hence this copy.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class MSBuildMultiThreadableTaskAttribute : Attribute;

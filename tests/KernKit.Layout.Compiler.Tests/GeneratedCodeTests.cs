using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>What generated code does with bytes.</summary>
public sealed class GeneratedCodeTests
{
    [Fact]
    public void A_schema_of_the_shape_of_UFS_compiles_without_a_warning() => Schema.Build("", UfsSchema.Text);
}

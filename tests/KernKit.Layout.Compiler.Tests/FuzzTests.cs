using System.Text;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Damaged schemas: never an exception, always a message or code.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void No_damage_to_a_schema_throws()
    {
        string[] seeds =
        [
            UfsSchema.Text,
            .. Directory.GetFiles(Golden.Folder, "*.layout").Order(StringComparer.Ordinal).Select(File.ReadAllText),
            .. Directory.GetFiles(Path.Combine(Golden.Root, "layouts"), "*.layout", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(File.ReadAllText),
        ];
        int good = 0;
        for (int seed = 0; seed < 2_000; seed++)
        {
            string text = SchemaDamage.Of(seeds[seed % seeds.Length], new Random(seed));
            try
            {
                CompileResult result = Schema.Compile(text);
                good += result.Succeeded ? 1 : 0;
                Assert.True(result.Succeeded || result.Outputs.Count == 0);
                Assert.True(result.Diagnostics.Count <= 100);
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}: {exception}");
            }
        }

        // A fuzzer whose every input is refused at the first token tests nothing.
        Assert.InRange(good, 50, 1_900);
    }

    [Fact]
    public void Damaged_schemas_that_are_accepted_make_code_that_compiles()
    {
        int built = 0;
        for (int seed = 0; built < 25; seed++)
        {
            string text = SchemaDamage.Of(UfsSchema.Text, new Random(seed + 100_000));
            CompileResult result = Schema.Compile(text);
            bool isPlain = result.Diagnostics.Count == 0
                && text.Contains("namespace t;", StringComparison.Ordinal)
                && result.Outputs.Count > 5;
            if (isPlain)
            {
                Schema.Build("", text);
                built++;
            }
        }
    }

    [Fact]
    public void Damaged_layouts_that_are_accepted_make_writers_and_objects_that_compile()
    {
        var options = new CompileOptions { Namespace = "Made", Objects = true };
        string[] seeds =
        [
            .. Directory.GetFiles(Path.Combine(Golden.Root, "layouts"), "*.layout", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(File.ReadAllText)
                .Where(static text => !text.Contains("import ", StringComparison.Ordinal)
                    && !text.Contains("extern function", StringComparison.Ordinal)),
        ];
        int built = 0;
        for (int seed = 0; built < 12; seed++)
        {
            string text = SchemaDamage.Of(seeds[seed % seeds.Length], new Random(seed + 200_000));
            CompileResult result = Schema.Compile(text, options);
            if (result.Diagnostics.Count == 0 && result.Outputs.Count > 3)
            {
                Schema.BuildSources("", options, result.Outputs);
                built++;
            }
        }
    }

    [Theory]
    [InlineData("const a = ", "(", 100_000)]
    [InlineData("const a = ", "-", 100_000)]
    [InlineData("const a = ", "1+", 100_000)]
    [InlineData("const a = ", "1?", 100_000)]
    [InlineData("const a = ", "a.", 100_000)]
    [InlineData("struct s { ", "overlay { ", 50_000)]
    [InlineData("struct s { ", "union { default: ", 50_000)]
    [InlineData("struct s { ", "within (1 bytes) { ", 50_000)]
    [InlineData("struct s { ", "u8 a[", 50_000)]
    [InlineData("", "struct s { ", 50_000)]
    public void Depth_is_refused_before_the_stack_ends(string start, string repeated, int count)
    {
        var text = new StringBuilder("layout 1; ").Append(start);
        for (int i = 0; i < count; i++)
        {
            text.Append(repeated);
        }

        Assert.False(Schema.Compile(text.ToString()).Succeeded);
    }

    [Fact]
    public void A_long_chain_of_declarations_is_refused_and_a_short_one_is_not()
    {
        Assert.True(Chain(40, "const a{0} = a{1} + 1;", "const a{0} = 1;").Succeeded);
        Assert.False(Chain(20_000, "const a{0} = a{1} + 1;", "const a{0} = 1;").Succeeded);
        Assert.True(Chain(20, "struct a{0} {{ a{1} x; u8 y; }}", "struct a{0} {{ u8 y; }}").Succeeded);
        Assert.False(Chain(20_000, "struct a{0} {{ a{1} x; u8 y; }}", "struct a{0} {{ u8 y; }}").Succeeded);
        Assert.False(Chain(60, "struct a{0} {{ a{1} x[16]; }}", "struct a{0} {{ u8 y; }}").Succeeded);
    }

    private static CompileResult Chain(int length, string link, string last)
    {
        var text = new StringBuilder("layout 1; ");
        for (int i = 0; i < length; i++)
        {
            text.AppendFormat(null, i == length - 1 ? last : link, i, i + 1).Append('\n');
        }

        return Schema.Compile(text.ToString());
    }
}

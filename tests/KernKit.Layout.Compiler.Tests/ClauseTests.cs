using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Clauses mean something wherever they stand, or are refused.</summary>
public sealed class ClauseTests
{
    [Theory]
    [InlineData("struct { u32 a; } since 2;", "KK1009")]
    [InlineData("struct { u32 a; } until 2;", "KK1009")]
    [InlineData("overlay { u32 a; u8 b[4]; } since 2;", "KK1009")]
    [InlineData("struct { u32 a; } check crc32(self);", "KK1009")]
    [InlineData("struct { u8 a; } transform zlib;", "KK1009")]
    [InlineData("bitmap m[64] check crc32(self);", "KK1207")]
    [InlineData("bitmap m[64] transform zlib;", "KK1207")]
    public void A_clause_that_would_mean_nothing_is_refused(string member, string code)
    {
        CompileResult result = Schema.Compile(
            $"layout 1; order le; struct s {{ u8 version; u8 head; {member} u8 tail; }}");
        Assert.Equal(code, Assert.Single(result.Diagnostics).Code);
    }

    [Theory]
    [InlineData("byte blob[max 4K] transform zlib;")]
    [InlineData("byte blob[16] transform zlib;")]
    [InlineData("u32 sum check crc32(self);")]
    public void A_message_has_no_checks_and_no_transforms(string member)
    {
        CompileResult result = Schema.Compile($"layout 1; order le; message m id 1 version 1 {{ u8 a; {member} }}");
        Assert.Equal("KK1501", Assert.Single(result.Diagnostics).Code);
    }

    [Theory]
    [InlineData("int a : 3 where it > 1;")]
    [InlineData("int a : 3 = 1;")]
    [InlineData("int a : 3 if b == 1;")]
    public void A_bit_field_of_C_takes_no_clauses(string member)
    {
        CompileResult result = Schema.Compile(
            $"layout 1; order le; param abi A = lp64; struct s abi {{ int b; {member} }}");
        Assert.Equal("KK1702", Assert.Single(result.Diagnostics).Code);
    }

    [Fact]
    public void A_bitmap_may_be_there_in_some_versions_only()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new SView(b);
                return $"{v.HasOld} {v.HasNew} {v.Tail} {v.Length}";
            }
            """,
            """
            layout 1; namespace t; order le;
            struct s { u8 version; bitmap old[16] until 2; bitmap new[8] since 2; u8 tail; }
            """);
        Assert.Equal("True False 3 4", driver.Call<string>("Of", new byte[] { 1, 1, 2, 3, 4 }));
        Assert.Equal("False True 2 3", driver.Call<string>("Of", new byte[] { 2, 1, 2, 3, 4 }));
    }
}

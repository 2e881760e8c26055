using System.Text;
using System.Text.Json;
using Xunit;

namespace KernKit.Layout.Tests;

/// <summary>What visitors write of more than they show.</summary>
public sealed class LayoutVisitorTests
{
    [Theory]
    [InlineData(LayoutJsonVisitor.ElementsMax, null)]
    [InlineData(LayoutJsonVisitor.ElementsMax + 1, "1 more")]
    [InlineData(100_000, "34464 more")]
    public void Json_says_how_many_elements_it_leaves_out(int count, string? last)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            var visitor = new LayoutJsonVisitor(writer);
            visitor.BeginStructure("", -1, "s");
            Visit(visitor, count);
            visitor.EndStructure();
        }

        JsonElement array = JsonDocument.Parse(stream.ToArray()).RootElement.GetProperty("a");
        Assert.Equal(Math.Min(count, LayoutJsonVisitor.ElementsMax) + (last is null ? 0 : 1), array.GetArrayLength());
        JsonElement end = array[array.GetArrayLength() - 1];
        Assert.Equal(last, end.ValueKind == JsonValueKind.String ? end.GetString() : null);
    }

    [Theory]
    [InlineData(LayoutTextVisitor.ElementsMax, "7]}")]
    [InlineData(LayoutTextVisitor.ElementsMax + 1, "7, ... 1 more]}")]
    [InlineData(-1, "[]}")]
    public void Text_says_how_many_elements_it_leaves_out(int count, string end)
    {
        var visitor = new LayoutTextVisitor();
        visitor.BeginStructure("", -1, "s");
        Visit(visitor, count);
        visitor.EndStructure();
        Assert.EndsWith(end, visitor.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_and_text_end_at_their_limits_and_say_so()
    {
        var text = new LayoutTextVisitor();
        text.VisitBytes("b", 0, new byte[LayoutTextVisitor.BytesMax + 1], isText: false);
        Assert.EndsWith("\"...", text.ToString(), StringComparison.Ordinal);
        for (int i = 0; i < LayoutTextVisitor.LengthMax; i++)
        {
            text.VisitNumber("n", 0, i, null);
        }

        Assert.EndsWith("...", text.ToString(), StringComparison.Ordinal);
        Assert.InRange(text.ToString().Length, LayoutTextVisitor.LengthMax, LayoutTextVisitor.LengthMax + 100);

        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            new LayoutJsonVisitor(writer).VisitBytes("", 0, new byte[LayoutJsonVisitor.BytesMax + 3], isText: false);
        }

        Assert.EndsWith("\"more\":3}", Encoding.UTF8.GetString(stream.ToArray()), StringComparison.Ordinal);
    }

    /// <summary>As generated code walks an array.</summary>
    private static void Visit(ILayoutVisitor visitor, int count)
    {
        int shown = visitor.BeginArray("a", 0, count);
        for (int i = 0; i < Math.Min(shown, count); i++)
        {
            visitor.VisitNumber("", i, 7, null);
        }

        if (shown >= 0)
        {
            visitor.EndArray();
        }
    }
}

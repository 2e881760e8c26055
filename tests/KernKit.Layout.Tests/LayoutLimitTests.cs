using Xunit;

namespace KernKit.Layout.Tests;

/// <summary>As much as a limit allows is taken, and one byte more is refused.</summary>
public sealed class LayoutLimitTests
{
    [Fact]
    public void A_record_grows_up_to_its_limit()
    {
        using LayoutBuilder builder = LayoutBuilder.Rent();
        builder.Extend(LayoutBuilder.LengthMax);
        Assert.Equal(LayoutBuilder.LengthMax, builder.Length);
        var thrown = Assert.Throws<LayoutException>(() => builder.Extend(LayoutBuilder.LengthMax + 1));
        Assert.Contains("split it", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_of_a_transform_is_as_long_as_its_limit()
    {
        byte[] bytes = new byte[LayoutTransform.LengthMax + 1];
        Assert.Equal(
            LayoutTransformResult.Done,
            LayoutTransform.TryDecode(LayoutTransformKind.None, bytes.AsSpan(1), bytes, default, out int written));
        Assert.Equal(LayoutTransform.LengthMax, written);
        Assert.Equal(
            LayoutTransformResult.TooLarge,
            LayoutTransform.TryDecode(LayoutTransformKind.None, bytes, bytes, default, out _));
    }

    [Fact]
    public void A_stream_reader_buffers_one_record_of_its_limit()
    {
        var reader = new LayoutStreamReader(new MemoryStream(new byte[20_000]), lengthMax: 10_000);
        Assert.True(reader.Fill(10_000));
        Assert.Equal(10_000, reader.Buffered.Length);
        Assert.Throws<LayoutException>(() => reader.Fill(1));
        Assert.Throws<LayoutException>(
            () => new LayoutStreamReader(new MemoryStream(), lengthMax: 10_000).Fill(10_001));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new LayoutStreamReader(new MemoryStream(), LayoutBuilder.LengthMax + 1));
    }
}

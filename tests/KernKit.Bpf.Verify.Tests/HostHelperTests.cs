namespace KernKit.Bpf.Verify.Tests;

/// <summary>A host's helper is judged by its prototype, whatever its number is.</summary>
public class HostHelperTests
{
    private const int Reserve = 200;
    private const int Submit = 201;

    private static readonly MapDefinition Ring = new("ring", MapKind.RingBuffer, 0, 0, 4096);

    [Theory]
    [InlineData(16, 15, "")]
    [InlineData(16, 16, "instruction 5")]
    [InlineData(0, 0, "instruction 3")]
    public void A_record_is_as_long_as_the_constant_size_says(int size, int at, string failure)
    {
        var helpers = new HelperTable()
            .Add(Reserve, "reserve", (_, _, _, _, _, _) => 0,
                new HelperPrototype(HelperValue.RecordOrNull, HelperValue.Map, HelperValue.Size))
            .Add(Submit, "submit", (_, _, _, _, _, _) => 0,
                new HelperPrototype(HelperValue.Number, HelperValue.Record));
        var result = Verify(helpers, Ring, $"""
            ld_pseudo r1, 0x1, 0
            r2 = {size}
            call {Reserve}
            if r0 == 0 goto end
            *(u8 *)(r0 + {at}) = 1
            r1 = r0
            call {Submit}
            end: r0 = 0
            exit
            """);
        Assert.StartsWith(failure, result.Error?.Headline ?? "", StringComparison.Ordinal);
        Assert.Equal(failure.Length == 0, result.IsAccepted);
    }

    [Fact]
    public void The_size_of_a_records_content_need_not_be_constant()
    {
        var helpers = new HelperTable()
            .Add(Reserve, "copy", (_, _, _, _, _, _) => 0, new HelperPrototype(HelperValue.RecordOrNull,
                HelperValue.Map, HelperValue.Memory, HelperValue.Size, HelperValue.Size))
            .Add(Submit, "submit", (_, _, _, _, _, _) => 0,
                new HelperPrototype(HelperValue.Number, HelperValue.Record));
        var result = Verify(helpers, Ring, $"""
            if r2 < 8 goto end
            r3 = *(u8 *)(r1 + 0)
            r3 &= 3
            r3 += 1
            r2 = r1
            ld_pseudo r1, 0x1, 0
            r4 = 8
            call {Reserve}
            if r0 == 0 goto end
            *(u64 *)(r0 + 0) = 1
            r1 = r0
            call {Submit}
            end: r0 = 0
            exit
            """);
        Assert.Null(result.Error);
    }

    [Theory]
    [InlineData(MapKind.RingBuffer, true)]
    [InlineData(MapKind.Hash, false)]
    public void A_map_is_of_a_kind_that_the_prototype_names(MapKind kind, bool isAccepted)
    {
        var helpers = new HelperTable().Add(Reserve, "count", (_, _, _, _, _, _) => 0,
            new HelperPrototype(HelperValue.Number, HelperValue.Map) { MapKinds = [MapKind.RingBuffer] });
        var map = kind == MapKind.RingBuffer ? Ring : new MapDefinition("hash", kind, 4, 8, 4);
        var result = Verify(helpers, map, $"ld_pseudo r1, 0x1, 0\ncall {Reserve}\nr0 = 0\nexit\n");
        Assert.Equal(isAccepted, result.IsAccepted);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(130)]
    [InlineData(131)]
    [InlineData(134)]
    public void A_number_of_Linux_says_nothing_about_a_hosts_helper(int id)
    {
        var helpers = new HelperTable().Add(id, "own", (_, _, _, _, _, _) => 0, new HelperPrototype(
            HelperValue.Number, HelperValue.Map, HelperValue.Memory, HelperValue.Size));
        var result = Verify(helpers, new MapDefinition("hash", MapKind.Hash, 4, 8, 4), $"""
            if r2 < 8 goto end
            r3 = *(u8 *)(r1 + 0)
            r3 &= 3
            r3 += 1
            r2 = r1
            ld_pseudo r1, 0x1, 0
            call {id}
            end: r0 = 0
            exit
            """);
        Assert.Null(result.Error);
    }

    private static VerifierResult Verify(HelperTable helpers, MapDefinition map, string text) => Verifier.Verify(
        Assembler.Assemble(text), new VerifierOptions { Helpers = helpers, Maps = [map] });
}

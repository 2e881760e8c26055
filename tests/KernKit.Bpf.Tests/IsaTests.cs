using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Tests;

public sealed class IsaTests
{
    [Fact]
    public void Every_row_has_its_name_in_the_enumeration() =>
        Assert.Equal(Enum.GetNames<Op>(), OpcodeTable.Rows.Select(row => row.Name));

    [Fact]
    public void Every_instruction_finds_its_own_row()
    {
        var random = new Random(7);
        foreach (var row in OpcodeTable.Rows)
        {
            for (var i = 0; i < 50; i++)
            {
                Assert.Equal(row.Op, OpcodeTable.Find(RandomInstructions.Any(row, random))?.Op);
            }
        }
    }

    [Fact]
    public void Every_conformance_group_of_the_standard_is_there() =>
        Assert.Equal(
            ["atomic32", "atomic64", "base32", "base64", "divmul32", "divmul64", "packet"],
            OpcodeTable.Rows.Select(row => row.Group).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void A_nonzero_unused_field_is_refused_in_every_row()
    {
        foreach (var row in OpcodeTable.Rows)
        {
            var slot = RandomInstructions.Any(row, new Random(1));
            foreach (var wrong in new[]
            {
                row.Destination.Use == FieldUse.Fixed ? slot with { Destination = 9 } : slot,
                row.Source.Use == FieldUse.Fixed ? slot with { Source = 9 } : slot,
                row.Offset.Use == FieldUse.Fixed ? slot with { Offset = 0x777 } : slot,
                row.Immediate.Use == FieldUse.Fixed ? slot with { Immediate = 0x777 } : slot,
            })
            {
                Assert.Equal(wrong == slot, OpcodeTable.Find(wrong) is not null);
            }
        }
    }

    [Theory]
    [InlineData("07 01 00 00 01 00 00 00", "run off the end")]
    [InlineData("ff 00 00 00 00 00 00 00", "instruction 0: opcode 0xff is not an instruction")]
    [InlineData("95 01 00 00 00 00 00 00", "opcode 0x95 (Exit) has destination 1, must be 0")]
    [InlineData("b7 0b 00 00 00 00 00 00 95 00 00 00 00 00 00 00", "destination register 11, must be 0 to 10")]
    [InlineData("b7 0a 00 00 00 00 00 00 95 00 00 00 00 00 00 00", "writes r10")]
    [InlineData("05 00 05 00 00 00 00 00", "to 6, must be 0 to 0")]
    [InlineData("05 00 01 00 00 00 00 00 18 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00",
        "second slot of a 64-bit immediate at 1")]
    [InlineData("18 00 00 00 01 00 00 00", "without its second slot")]
    [InlineData("18 00 00 00 01 00 00 00 95 00 00 00 01 00 00 00", "second slot of a 64-bit immediate has something")]
    [InlineData("95 00 00 00 00 00 00", "7 bytes, must be a multiple of 8")]
    [InlineData("", "empty")]
    public void A_malformed_program_is_refused_with_its_place(string hex, string message)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var error = Assert.Throws<BpfFormatException>(() => BpfProgram.Load(bytes));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_are_named_when_they_are_hit()
    {
        var program = Assembler.Assemble("r0 = (s8)r1\nexit\n");
        var few = Assert.Throws<BpfFormatException>(() =>
            BpfProgram.Load(program.ToBytes(), new() { InstructionCountMax = 1 }));
        Assert.Contains("InstructionCountMax is 1", few.Message, StringComparison.Ordinal);
        var old = Assert.Throws<BpfFormatException>(() => BpfProgram.Load(program.ToBytes(), new() { CpuVersion = 3 }));
        Assert.Contains("CpuVersion is 3", old.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit\nr1 = w2\n", "line 2: 'r1 = w2' is no instruction")]
    [InlineData("r1 = be16 r2\nexit\n", "line 1: 'r1 = be16 r2' is no instruction")]
    [InlineData("goto nowhere\n", "line 1: label 'nowhere' is not defined")]
    [InlineData("a: a: exit\n", "label 'a' is defined twice")]
    [InlineData("r11 = 1\n", "register r11")]
    [InlineData("r1 = 0x1ffffffff\n", "number 8589934591, must be")]
    [InlineData("r1 = *(u8 *)(r2 + 40000)\n", "number 40000, must be -32768 to 32767")]
    [InlineData("r1 = $%\n", "line 1")]
    public void Wrong_text_is_refused_with_its_line(string text, string message)
    {
        var error = Assert.Throws<BpfFormatException>(() => Assembler.Assemble(text));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Disassembly_of_a_program_assembles_to_the_same_bytes()
    {
        const string Text = "r1 = 0x1122334455667788 ll\ncall f\nif w0 s> -1 goto end\nr0 = -r0\nend: exit\nf: r0 = "
            + "r1\nexit\n";
        var program = Assembler.Assemble(Text);
        Assert.Equal(program.ToBytes(), Assembler.Assemble(Disassembler.Format(program)).ToBytes());
    }

    [Fact]
    public void Random_bytes_load_or_are_refused_and_nothing_else()
    {
        var random = new Random(3);
        var bytes = new byte[64];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            try
            {
                _ = BpfProgram.Load(bytes);
            }
            catch (BpfFormatException)
            {
            }
        }
    }
}

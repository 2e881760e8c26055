namespace KernKit.Bpf.Tests;

/// <summary>Objects that would become far larger in memory than they are in the file.</summary>
public sealed class HostileObjectTests
{
    private const uint ProgramBits = 1;
    private const ulong Executable = 4;

    private static readonly byte[] Exit = Assembler.Assemble("r0 = 0\nexit\n").ToBytes();

    [Fact]
    public void Functions_on_top_of_each_other_have_a_limit_together()
    {
        const int SlotCount = 400_000;
        var code = new byte[SlotCount * 8];
        for (var at = 0; at < code.Length; at += Exit.Length)
        {
            Exit.CopyTo(code, at);
        }

        var made = new MadeObject();
        var section = made.Add("record", ProgramBits, Executable, code);
        for (var i = 0; i < 20; i++)
        {
            made.AddFunction($"f{i}", section, (ulong)i * 16, (ulong)(code.Length - (i * 16)));
        }

        var error = Assert.Throws<BpfFormatException>(() => BpfObject.Load(made.ToBytes()));
        Assert.Contains("more than 4000000 slots", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sections_on_top_of_each_other_are_refused()
    {
        var made = new MadeObject();
        made.AddFunction("f", made.Add("record", ProgramBits, Executable, Exit), 0, (ulong)Exit.Length);
        var data = made.Add(".rodata", ProgramBits, 0, new byte[100_000]);
        _ = BpfObject.Load(made.ToBytes());
        for (var i = 0; i < 200; i++)
        {
            made.AddOver($".rodata.{i}", data);
        }

        var error = Assert.Throws<BpfFormatException>(() => BpfObject.Load(made.ToBytes()));
        Assert.Contains("the sections together are longer than the file", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_string_is_decoded_once_and_strings_that_overlap_have_a_limit(bool overlap)
    {
        const int RecordCount = 50_000;
        const int StringBytes = 4_000;
        var made = new MadeObject();
        made.AddFunction("f", made.Add("record", ProgramBits, Executable, Exit), 0, (ulong)Exit.Length);
        var strings = new byte[StringBytes + 2];
        strings.AsSpan(1, StringBytes).Fill((byte)'s');
        made.Add(".BTF", ProgramBits, 0, MadeObject.Bytes(writer =>
        {
            WriteHeader(writer, 24, 0, 0, 0, strings.Length);
            writer.Write(strings);
        }));
        made.Add(".BTF.ext", ProgramBits, 0, MadeObject.Bytes(writer =>
        {
            var length = 12 + (RecordCount * 16);
            WriteHeader(writer, 32, 0, 0, 0, length);
            writer.Write(new byte[8]);
            writer.Write(16);
            writer.Write(StringBytes);
            writer.Write(RecordCount);
            for (var i = 0; i < RecordCount; i++)
            {
                var at = overlap ? 1 + (i % StringBytes) : 1;
                writer.Write(0);
                writer.Write(at);
                writer.Write(at);
                writer.Write(0);
            }
        }));
        var bytes = made.ToBytes();
        if (overlap)
        {
            var error = Assert.Throws<BpfFormatException>(() => BpfObject.Load(bytes));
            Assert.Contains("strings overlap", error.Message, StringComparison.Ordinal);
            return;
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = BpfObject.Load(bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40_000_000);
    }

    [Theory]
    [InlineData(4, 4, 4, "is of kind 4, which is not known here")]
    [InlineData(1, 600, 4, "600 key bytes, must be 1 to 512")]
    [InlineData(2, 4, 1 << 24, "an arena has at most")]
    public void Maps_that_do_not_exist_here_are_the_objects_fault(int kind, int keyBytes, int entries, string message)
    {
        var source = Path.GetTempFileName() + ".c";
        File.WriteAllText(source, $$"""
            #define SECTION(name) __attribute__((section(name), used))
            struct { int (*type)[{{kind}}]; int (*max_entries)[{{entries}}]; int (*key_size)[{{keyBytes}}];
                int (*value_size)[100]; } events SECTION(".maps");
            SECTION("record") long f(void *memory, long length) { return (long)&events; }
            """);
        var loaded = BpfObject.Load(Programs.Clang(source));
        File.Delete(source);
        var error = Assert.Throws<BpfFormatException>(() => loaded.CreateArena(64));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        if (kind != 2)
        {
            Assert.Throws<BpfFormatException>(() => loaded.CreateMaps(new BpfArena(1 << 20, 64)));
        }
    }

    private static void WriteHeader(BinaryWriter writer, int headerBytes, int at, int length, int at2, int length2)
    {
        writer.Write((ushort)0xeb9f);
        writer.Write((ushort)1);
        foreach (var number in new[] { headerBytes, at, length, at2, length2 })
        {
            writer.Write(number);
        }
    }
}

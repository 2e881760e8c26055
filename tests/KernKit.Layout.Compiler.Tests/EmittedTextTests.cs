using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Generated files as a person reads them, and what is left out of them because it is proved.</summary>
public sealed class EmittedTextTests
{
    private const string Records = """
        layout 1; namespace t; order le;
        enum kind : u8 { A = 1, B = 2, C = 3 }
        struct entry {
            u32 ino;
            u16 reclen where it >= 12 && it % 4 == 0;
            within (reclen - 6 bytes) { u8 type, namlen; char name[namlen]; pad rest; }
        }
        struct tagged {
            kind kind;
            u8 mode;
            union (kind) { case A, B: u16 small; case C: { u8 low, high; } default: pad 2; }
            union { case mode == 1 && kind == C: u32 one; case kind == B: u32 two; default: pad 4; }
        }
        """;

    [Fact]
    public void Lines_are_of_120_columns_unless_one_literal_is_longer()
    {
        var wide = new List<string>();
        string layouts = Path.Combine(Golden.Root, "layouts");
        foreach (string path in Directory.GetFiles(layouts, "*.layout", SearchOption.AllDirectories))
        {
            var options = new CompileOptions { Namespace = "Made", Objects = true };
            CompileResult result = LayoutCompiler.Compile(path, File.ReadAllText, options);
            foreach ((string name, string text) in result.Outputs.Concat(LayoutCompiler.EmitSupport(options)))
            {
                wide.AddRange(text.Split('\n')
                    .Where(static line => line.Length > 120)
                    .Where(static line => line.Trim().Split('"') is not [{ Length: < 24 }, .., { Length: < 24 }])
                    .Select(line => $"{name}: {line}"));
            }
        }

        Assert.Empty(wide);
    }

    [Fact]
    public void Conditions_stand_as_a_person_would_write_them()
    {
        string text = Schema.Output(Records, "Tagged.g.cs");
        Assert.Contains("get => Kind is Kind.A or Kind.B;", text, StringComparison.Ordinal);
        Assert.Contains("get => !HasOne && Kind == Kind.B;", text, StringComparison.Ordinal);
        Assert.Contains("get => Mode == 1 && Kind == Kind.C;", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_rule_proves_is_not_tested_again()
    {
        string text = Schema.Output(Records, "Entry.g.cs");
        Assert.Contains("if (reclen_1 < 12 || reclen_1 % 4 != 0)", text, StringComparison.Ordinal);
        Assert.Contains("int at0 = reclen_1;", text, StringComparison.Ordinal);
        Assert.DoesNotContain("n0 < 0", text, StringComparison.Ordinal);
        Assert.DoesNotContain("at0 < 8", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_rule_proves_holds_for_every_length()
    {
        Driver driver = Schema.Build(
            """
            public static string Of()
            {
                var bytes = new byte[64];
                string opened = "";
                for (int length = 0; length < 80; length++)
                {
                    BitConverter.TryWriteBytes(bytes.AsSpan(4), (ushort)length);
                    bytes[7] = (byte)Math.Max(0, length - 8);
                    if (EntryView.TryOpen(bytes, out var v)) opened += $"{v.Length}:{v.Name.Length} ";
                    bytes[7]++;
                    if (EntryView.TryOpen(bytes, out _)) opened += "bad ";
                }
                return opened;
            }
            public static long Thrown()
            {
                var bytes = new byte[24];
                bytes[4] = 12;
                bytes[16] = 13;
                try { foreach (var entry in new EntryRecords(bytes)) { } }
                catch (LayoutException e) { return e.Offset; }
                return -1;
            }
            """,
            Records);
        Assert.Equal(
            string.Concat(Enumerable.Range(3, 14).Select(static i => $"{4 * i}:{(4 * i) - 8} ")),
            driver.Call<string>("Of"));
        Assert.Equal(16, driver.Call<long>("Thrown"));
    }

    [Fact]
    public void A_field_that_may_be_absent_is_asked_for_and_read_at_once()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte kind, byte mode)
            {
                byte[] bytes = [kind, mode, 5, 0, 6, 0, 0, 0];
                var v = new TaggedView(bytes);
                return $"{v.TryGetSmall(out ushort small)} {small} {v.TryGetOne(out uint one)} {one} "
                    + $"{v.TryGetTwo(out uint two)} {two}";
            }
            """,
            Records);
        Assert.Equal("True 5 False 0 True 6", driver.Call<string>("Of", (byte)2, (byte)2));
        Assert.Equal("False 0 True 6 False 0", driver.Call<string>("Of", (byte)3, (byte)1));
    }

    [Fact]
    public void Views_and_edits_lie_over_memory_that_is_not_managed()
    {
        Driver driver = Schema.Build(
            """
            public static unsafe string Of()
            {
                void* memory = System.Runtime.InteropServices.NativeMemory.AllocZeroed(24);
                var span = new Span<byte>(memory, 24);
                span[4] = span[16] = 12;
                var edit = new EntryEdit(span) { Ino = 7 };
                string read = $"{new EntryView(span).Ino} {*(uint*)memory}";
                foreach (var entry in new EntryRecords(span)) read += " " + entry.Length;
                System.Runtime.InteropServices.NativeMemory.Free(memory);
                return read;
            }
            """,
            Records);
        Assert.Equal("7 7 12 12", driver.Call<string>("Of"));
    }

    [Fact]
    public void A_message_opens_the_same_way_with_and_without_words()
    {
        Driver driver = Schema.Build(
            """
            public static string Of()
            {
                var random = new Random(5);
                int opened = 0, unknown = 0;
                for (int i = 0; i < 200_000; i++)
                {
                    var bytes = new byte[random.Next(40)];
                    for (int at = 0; at < bytes.Length; at += 2) bytes[at] = (byte)random.Next(6);
                    if (bytes.Length >= 16)
                    {
                        bytes[0] = (byte)random.Next(14, bytes.Length + 2);
                        bytes[4] = (byte)(random.Next(8) == 0 ? 8 : 7);
                        bytes[8] = (byte)random.Next(1, 8);
                        bytes[10] = (byte)random.Next(3);
                    }
                    bool isOpen = MTryOpen(bytes, out int length, out int end);
                    bool isSame = MView.TryOpen(bytes, out var v, out var issue) == isOpen && issue.IsNone == isOpen;
                    bool isThrown = false;
                    try { isSame &= new MView(bytes).Length == length; } catch (LayoutException) { isThrown = true; }
                    isSame &= isThrown != isOpen && v.Length == length && v.UnknownFixed.Length == end;
                    if (!isSame)
                        return $"not the same: {Convert.ToHexString(bytes)}";
                    opened += isOpen ? 1 : 0;
                    unknown += isOpen && v.UnknownParts.Length > 0 ? 1 : 0;
                }
                return opened > 200 && unknown > 10 ? "same" : $"too few: {opened}, {unknown}";
            }
            static bool MTryOpen(byte[] bytes, out int length, out int end)
            {
                bool isOpen = MView.TryOpen(bytes, out var v);
                (length, end) = (isOpen ? v.Length : 0, isOpen ? v.UnknownFixed.Length : 0);
                return isOpen;
            }
            """,
            "layout 1; namespace t; order le; message m id 7 version 1 { u8 a, b; }");
        Assert.Equal("same", driver.Call<string>("Of"));
    }
}

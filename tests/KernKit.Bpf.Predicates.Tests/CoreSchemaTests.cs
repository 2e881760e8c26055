using KernKit.Bpf.Tests;
using KernKit.Layout.Compiler.Decode;

namespace KernKit.Bpf.Predicates.Tests;

/// <summary>Programs that clang compiled against one layout run against a schema's.</summary>
public sealed class CoreSchemaTests
{
    private const string Schema = """
        layout 1;
        namespace shapes;
        order le;

        bits style : u16 lsb { width : 4; kind : 12; }
        struct point size 12 { pad 4; s32 y; s32 x; }
        struct shape size 84 {
            u64 id;
            style style;
            char name[6];
            point corner[3];
            u16 weight[4];
            point middle;
            u8 grid[2];
            pad 2;
            u32 tail;
            pad 4;
        }
        """;

    private const string Source = """
        typedef unsigned char u8;
        typedef unsigned short u16;
        typedef unsigned int u32;
        typedef unsigned long long u64;
        #pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
        struct point { int x; int y; };
        struct shapes_shape { u32 tail; u16 weight[4]; struct point middle; struct point corner[3]; char name[6];
            u16 style; u8 gone; u64 id; };
        #pragma clang attribute pop
        #define PROGRAM(name, value) __attribute__((section("record"), used)) \
            u64 name(struct shapes_shape *s) { return value; }
        PROGRAM(id, s->id)
        PROGRAM(tail, s->tail)
        PROGRAM(style, s->style)
        PROGRAM(weight, s->weight[2])
        PROGRAM(letter, s->name[5])
        PROGRAM(middle_x, s->middle.x)
        PROGRAM(corner_y, s->corner[2].y)
        PROGRAM(name_size, __builtin_preserve_field_info(s->name, 1))
        PROGRAM(name_at, __builtin_preserve_field_info(s->name, 0))
        PROGRAM(gone, __builtin_preserve_field_info(s->gone, 2))
        PROGRAM(shift, __builtin_preserve_field_info(s->tail, 5))
        PROGRAM(size, __builtin_preserve_type_info(*s, 1))
        """;

    [Theory]
    [InlineData("id", 0x0807060504030201UL)]
    [InlineData("tail", 0x504f4e4dUL)]
    [InlineData("style", 0x0a09UL)]
    [InlineData("weight", 0x3a39UL)]
    [InlineData("letter", 0x10UL)]
    [InlineData("middle_x", 0x48474645UL)]
    [InlineData("corner_y", 0x302f2e2dUL)]
    [InlineData("name_size", 6UL)]
    [InlineData("name_at", 10UL)]
    [InlineData("gone", 0UL)]
    [InlineData("shift", 32UL)]
    [InlineData("size", 84UL)]
    public void A_clang_object_is_relocated_to_a_schema(string program, ulong expected)
    {
        var schema = LayoutSchema.Load(["shapes.layout"], static _ => Schema);
        Assert.Empty(schema.Diagnostics);
        var target = new CoreTarget().Add(schema.Find("shape")!.FieldTable, "shapes_shape");
        var loaded = BpfObject.Load(Compiled.Value, target: target);
        var memory = Enumerable.Range(1, 84).Select(static number => (byte)number).ToArray();
        using var machine = new BpfMachine(loaded.Programs.Single(one => one.Name == program).Program);
        var result = machine.Run(memory.AsSpan());
        Assert.Equal((RunStatus.Ok, expected), (result.Status, result.Value));
    }

    [Fact]
    public void Structures_within_are_found_where_the_table_has_their_leaves()
    {
        var target = new CoreTarget().Add("""
            record: outer 64
            grid[3:8][2:4] 8 u32le
            part.first 40 u16
            part.second 44 s8
            flag 48 u8 bits 3 2
            """);
        var outer = target.Find("outer___of_yesterday")!;
        Assert.Equal(
            ["grid 8 24 8", "part 40 5 0", "flag 48 1 0"],
            outer.Fields.Select(static field => $"{field.Name} {field.Offset} {field.SizeBytes} {field.ElementBytes}"));
        Assert.Equal([4], outer.Fields[0].InnerElementBytes);
        Assert.Equal((3, 2), (outer.Fields[2].BitOffset, outer.Fields[2].Bits));
        var part = target.Find(outer.Fields[1].StructureName)!;
        Assert.Equal(["first 0 2 False", "second 4 1 True"],
            part.Fields.Select(static field => $"{field.Name} {field.Offset} {field.SizeBytes} {field.IsSigned}"));
        Assert.Throws<ArgumentException>(() => target.Add("record: outer 1\n"));
        Assert.Throws<FormatException>(() => target.Add("nothing"));
    }

    private static readonly Lazy<byte[]> Compiled = new(static () =>
    {
        var file = Path.GetTempFileName() + ".c";
        File.WriteAllText(file, Source);
        try
        {
            return Programs.Clang(file);
        }
        finally
        {
            File.Delete(file);
        }
    });
}

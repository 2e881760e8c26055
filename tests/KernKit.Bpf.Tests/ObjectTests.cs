using System.Runtime.InteropServices;

namespace KernKit.Bpf.Tests;

public sealed class ObjectTests
{
    private static readonly byte[] Maps = Programs.Clang(Path.Join(AppContext.BaseDirectory, "data", "c", "maps.c"));

    [Fact]
    public void Programs_maps_and_license_of_an_object_are_found()
    {
        var loaded = BpfObject.Load(Maps);
        Assert.Equal(["call record", "count record", "jump record", "nested record/inner", "never record/tail"],
            loaded.Programs.Select(program => $"{program.Name} {program.Section}").Order(StringComparer.Ordinal));
        Assert.Equal("BSD", loaded.License);
        Assert.Contains(new MapDefinition("counts", MapKind.Hash, 4, 16, 64), loaded.Maps);
        Assert.Contains(loaded.Maps, map => map
            is { Name: "outer", Kind: MapKind.ArrayOfMaps, Inner: { Kind: MapKind.Array, ValueBytes: 8 } });
        Assert.Contains(loaded.Maps, map => map is { Name: ".rodata", IsReadOnly: true });
        Assert.Contains(loaded.Maps, map => map is { Name: ".bss", IsReadOnly: false });
    }

    [Theory]
    [InlineData(EngineKind.Interpreter)]
    [InlineData(EngineKind.Compiled)]
    public void Programs_of_an_object_run_with_their_maps_and_data(EngineKind engine)
    {
        var loaded = BpfObject.Load(Maps);
        var arena = BpfArena.For(loaded.Maps, 64, 8);
        var maps = loaded.CreateMaps(arena);
        RunResult Run(string name, params byte[] memory)
        {
            var program = loaded.Programs.Single(program => program.Name == name).Program;
            using var machine = new BpfMachine(program, new MachineOptions
            {
                Arena = arena,
                Maps = maps,
                Helpers = StandardHelpers.Create(),
                Engine = engine,
            });
            return machine.Run(memory.AsSpan());
        }

        Assert.Equal(2UL, Run("count", 9).Value);
        Assert.Equal(6UL, Run("count", 9).Value);
        Assert.Equal(9UL, Run("count", 9).Value);
        Assert.Equal(8UL, Run("count", 8).Value);
        Assert.Equal((ulong)((3 * 3) + 2 + 100 + 'n'), Run("call", 0, 0, 0).Value);
        Assert.Equal(0UL, Run("nested").Value);
        Assert.Equal(1UL, Run("nested").Value);
        Assert.Equal(77UL, Run("jump").Value);
    }

    [Fact]
    public void Instructions_know_their_source_lines()
    {
        var program = BpfObject.Load(Maps).Programs.Single(program => program.Name == "count").Program;
        Assert.Equal("count", program.Name);
        var lines = Enumerable.Range(0, program.Length).Select(program.LineAt).ToList();
        Assert.Contains(lines, line => line is { Text: "found->a++;", Column: > 0 }
            && line.File.EndsWith("maps.c", StringComparison.Ordinal));
    }

    [Fact]
    public void Damaged_objects_are_refused_and_nothing_else()
    {
        var random = new Random(4);
        for (var i = 0; i < 3_000; i++)
        {
            var copy = Maps[..(random.Next(3) == 0 ? random.Next(Maps.Length) : Maps.Length)];
            for (var change = random.Next(1, 5); change > 0 && copy.Length > 0; change--)
            {
                copy[random.Next(4) == 0 ? random.Next(Math.Min(64, copy.Length)) : random.Next(copy.Length)] =
                    (byte)random.Next(256);
            }

            try
            {
                _ = BpfObject.Load(copy);
            }
            catch (BpfFormatException)
            {
            }
        }
    }

    [Fact]
    public void Constants_do_not_become_writable_as_an_inner_map()
    {
        var code = Compile("""
            typedef unsigned int u32;
            typedef unsigned long long u64;
            #define SECTION(name) __attribute__((section(name), used))
            static void *(*lookup)(void *map, const void *key) = (void *)1;
            struct inner { int (*type)[2]; int (*max_entries)[1]; u32 *key; u64 *value; };
            static volatile const u64 secret = 5;
            struct { int (*type)[12]; int (*max_entries)[1]; int (*key_size)[4]; int (*value_size)[4];
                struct inner *values[1]; } outer SECTION(".maps") = { .values = { (void *)&secret } };
            SECTION("record") u64 set(void *memory, u64 length)
            {
                u32 key = 0;
                void *map = lookup(&outer, &key);
                u64 *value = map ? lookup(map, &key) : 0;
                if (!value)
                    return secret;
                *value = 6;
                return secret;
            }
            """);
        var loaded = BpfObject.Load(code);
        var error = Assert.Throws<BpfFormatException>(() =>
        {
            var arena = BpfArena.For(loaded.Maps, 64);
            using var machine = new BpfMachine(loaded.Programs[0].Program, new MachineOptions
            {
                Arena = arena,
                Maps = loaded.CreateMaps(arena),
                Helpers = StandardHelpers.Create(),
            });
            Assert.Equal(5UL, machine.Run(0).Value);
        });
        Assert.Contains("map 'outer': entry 0: map '.rodata' is not like", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_are_relocated_to_where_the_target_has_them()
    {
        var code = Compile("""
            typedef unsigned long long u64;
            struct point { int x; int y; } __attribute__((preserve_access_index));
            struct thing { int a; struct point p[3]; short s; } __attribute__((preserve_access_index));
            struct absent { int q; } __attribute__((preserve_access_index));
            __attribute__((section("record"), used)) u64 get(struct thing *t) { return t->p[2].y * 1000 + t->s; }
            __attribute__((section("record"), used)) u64 has(struct thing *t)
            { return __builtin_preserve_field_info(t->s, 2) * 100 + __builtin_preserve_field_info(t->s, 1) * 10
                + __builtin_preserve_type_info(*(struct absent *)0, 0); }
            """);
        var target = new CoreTarget(
        [
            new CoreStructure("thing", 64,
            [
                new CoreField("s", 0, 4, true),
                new CoreField("p", 16, 48, StructureName: "point", ElementBytes: 16),
            ]),
            new CoreStructure("point", 16, [new CoreField("y", 8, 4, true), new CoreField("x", 12, 4, true)]),
        ]);
        var loaded = BpfObject.Load(code, target: target);
        var memory = new byte[64];
        (memory[0], memory[16 + 32 + 8]) = (7, 3);
        using var get = new BpfMachine(loaded.Programs[0].Program);
        Assert.Equal(3007UL, get.Run(memory.AsSpan()).Value);
        using var has = new BpfMachine(loaded.Programs[1].Program);
        Assert.Equal(140UL, has.Run(memory.AsSpan()).Value);
    }

    [Theory]
    [InlineData("v1", EngineKind.Interpreter)]
    [InlineData("v2", EngineKind.Compiled)]
    [InlineData("v3", EngineKind.Interpreter)]
    [InlineData("v3", EngineKind.Compiled)]
    [InlineData("v4", EngineKind.Interpreter)]
    [InlineData("v4", EngineKind.Compiled)]
    // SAFETY: the functions of programs.c have this signature; what they may read is said at the call.
    public unsafe void The_same_C_gives_the_same_numbers_through_clang_and_gcc(string cpu, EngineKind engine)
    {
        var source = Path.Join(Programs.Root, "bench", "bpf", "programs.c");
        var library = Path.GetTempFileName();
        Programs.Run("gcc", "-O2", "-shared", "-fPIC", source, "-o", library);
        var handle = NativeLibrary.Load(library);
        try
        {
            var loaded = BpfObject.Load(Programs.Clang(source, cpu));
            Assert.Equal(8, loaded.Programs.Count);
            var memory = new byte[1024 * 256];
            new Random(1).NextBytes(memory);
            foreach (var program in loaded.Programs)
            {
                using var machine = new BpfMachine(program.Program,
                    new MachineOptions { Engine = engine, ContextBytesMax = memory.Length });
                foreach (var length in new[] { memory.Length, 256, 0 })
                {
                    var native = (delegate* unmanaged<byte*, ulong, ulong>)NativeLibrary.GetExport(handle,
                        program.Name);
                    ulong expected;
                    fixed (byte* start = memory)
                    {
                        // SAFETY: the function reads at most length bytes of pinned memory.
                        expected = native(start, (ulong)length);
                    }

                    var result = machine.Run(memory.AsSpan(0, length));
                    Assert.Equal((program.Name, RunStatus.Ok, expected), (program.Name, result.Status, result.Value));
                }
            }
        }
        finally
        {
            NativeLibrary.Free(handle);
            File.Delete(library);
        }
    }

    private static byte[] Compile(string text)
    {
        var source = Path.GetTempFileName() + ".c";
        try
        {
            File.WriteAllText(source, text);
            return Programs.Clang(source);
        }
        finally
        {
            File.Delete(source);
        }
    }
}

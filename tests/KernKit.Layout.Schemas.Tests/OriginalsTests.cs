using KernKit.Layout.Compiler;
using KernKit.Layout.Compiler.C;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>Structures of Linux and of the ELF format against their headers, as Debian has them.</summary>
public sealed class OriginalsTests
{
    [Theory]
    [InlineData("kernel/time", "linux/time_types.h", 2)]
    [InlineData("kernel/statx", "linux/stat.h", 25)]
    [InlineData("kernel/io_uring", "linux/io_uring.h", 100)]
    [InlineData("kernel/fuse", "linux/fuse.h", 250)]
    [InlineData("kernel/directory", "dirent.h", 5)]
    [InlineData("kernel/bpf", "linux/bpf.h", 20)]
    [InlineData("kernel/seccomp", "linux/seccomp.h", 4)]
    [InlineData("wire/elf", "elf.h", 80)]
    [InlineData("wire/btf", "linux/btf.h", 25)]
    public void Every_offset_is_that_of_the_original_header(string schema, string header, int offsets)
    {
        string path = Schemas.PathOf(schema + ".layout");
        CompileResult result = LayoutHeader.CompareWithOriginals(path, Schemas.Read, [$"<{header}>"]);
        Assert.Empty(result.Diagnostics);
        string source = "#define _GNU_SOURCE 1\n" + Assert.Single(result.Outputs).Value;
        int compared = source.Split("_Static_assert(offsetof(").Length - 1;
        Assert.True(compared >= offsets, $"{compared} offsets are compared");
        foreach (CCompiler compiler in CompilerSet.All.Where(static one =>
            !one.Name.Contains("windows", StringComparison.Ordinal)))
        {
            // glibc's directory entry is its own; only the kernel's width of 64 bits is described here.
            if (schema != "kernel/directory" || compiler.Name.EndsWith("64", StringComparison.Ordinal))
            {
                Assert.True(compiler.RefusesOriginal(source) is null,
                    $"{compiler.Name}: {compiler.RefusesOriginal(source)}");
            }
        }
    }

    [Fact]
    public void An_epoll_event_is_packed_on_x86_only()
    {
        string path = Schemas.PathOf("kernel/epoll.layout");
        string source =
            LayoutHeader.CompareWithOriginals(path, Schemas.Read, ["<linux/eventpoll.h>"]).Outputs.Single().Value;
        foreach (CCompiler compiler in CompilerSet.All.Where(static one =>
            one.Name.Contains("-m64", StringComparison.Ordinal)))
        {
            Assert.Null(compiler.RefusesOriginal(source));
        }

        foreach (CCompiler compiler in CompilerSet.All.Where(static one =>
            one.Name.Contains("aarch64", StringComparison.Ordinal)))
        {
            Assert.NotNull(compiler.RefusesOriginal(source));
            Assert.Null(compiler.RefusesOriginal(source
                .Replace("epoll_event) == 12", "epoll_event) == 16", StringComparison.Ordinal)
                .Replace("data) == 4", "data) == 8", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_schema_that_differs_from_its_original_is_refused()
    {
        const string schema =
            "layout 1; order le; struct x size 16 @c(struct __kernel_timespec, tv_) { s64 nsec, sec; }";
        string source =
            LayoutHeader.CompareWithOriginals("x.layout", _ => schema, ["<linux/time_types.h>"]).Outputs.Single().Value;
        Assert.Contains("x.nsec", CompilerSet.All[0].RefusesOriginal(source), StringComparison.Ordinal);
    }
}

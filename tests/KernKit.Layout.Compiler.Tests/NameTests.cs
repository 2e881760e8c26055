using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Names of a schema never hide what generated code uses.</summary>
public sealed class NameTests
{
    private static readonly CompileOptions Objects = Schema.Options with { Objects = true };

    /// <summary>Everything that makes generated code use a type by its name.</summary>
    private const string Everything = """
        enum known : u8 { A } flags many : u16 { B = 1 } bits parts : u16 lsb { low : 8; known high : 8; }
        check sum_of(u8 v, bytes...) { case v == 1: crc32; default: xxhash64(5); }
        transform stored(u8 v, bytes...) { case v == 1: lz4; default: zlib; }
        extern function weigh(bytes data, u8 n) -> u16;
        struct plain {
            u8 a; f16 b; f32 c; f64 d; u128 e; s128 f; u32 g[3]; known h; many i; parts j; char k[4] @text(utf8);
        }
        struct open(u8 v) {
            u8 n; u32 crc check crc32(self[.. crc]); u64 hash check sum_of(2, data); plain p; plain ps[2];
            u16 w[n]; bitmap m[n]; u8 at_; u8 far[n] at self + at_; within (n bytes) { open2 r[] until end; }
            union (v) { case 1: u8 q; default: { u16 z; } }
            byte data[n] transform stored(v) max 64; let weight = weigh(data, n); ref more[n bytes] at file + n;
            u32 t[] until 0; u8 opt if v == 3; zero 2; assert n < 200;
        }
        struct open2 { u8 n; u8 x[n]; }
        struct shared sync seqlock(seq) { u64 seq, a; }
        struct atoms sync atomic { u64 a; u32 b; pad 4; }
        struct locked sync lock inside { u64 a; }
        struct guarded sync lock outside { u64 a; }
        message told id 1 version 2 { u32 a; known k since 2; str name[max 4]; u16 many[max 3]; plain plains[max 2]; }
        format found { probe plain at 0; accept a == 1; }
        """;

    [Fact]
    public void A_schema_may_call_anything_as_the_types_that_generated_code_uses()
    {
        CompileResult result = Schema.Compile("layout 1; namespace t; order le;" + Everything, Objects);
        Assert.Empty(result.Diagnostics);
        string[] used =
        [
            .. result.Outputs.Values.Concat(LayoutCompiler.EmitSupport(Objects).Values)
                .SelectMany(static text => CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes())
                .OfType<SimpleNameSyntax>()
                .Where(static name => name.Parent is not (QualifiedNameSyntax or AliasQualifiedNameSyntax))
                .Where(static name => name.Parent is not MemberAccessExpressionSyntax access
                    || access.Expression == name)
                .Select(static name => name.Identifier.Text)
                .Where(static name => char.IsUpper(name[0]) && IsElsewhere(name))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
        Assert.True(used.Length > 20, string.Join(' ', used));
        Assert.Contains("MemoryMarshal", used);

        // As fields, as structures of constant and of run-time length, as enumerations: each in a schema of its own.
        string fields = string.Concat(used.Select(static name => $"u8 {name}; "));
        string structures = string.Concat(used.Select(static name => $"struct {name} {{ u8 n; u16 x[n]; }} "));
        string enums = string.Concat(used.Select(static name => $"enum {name} : u16 {{ A }} "));
        string parameters = string.Concat(used.Chunk(4).Select(static (names, i) =>
            $"struct given{i}({string.Join(", ", names.Select(static name => $"u8 {name}"))}) {{ u8 n; u8 x[n]; }} "));
        foreach (string extra in (string[])[
            $"struct holder {{ {fields} }} {parameters}", structures, enums])
        {
            Schema.Build(
                "",
                Objects,
                "layout 1; namespace t; order le;" + Everything.Replace(
                    "extern function weigh(bytes data, u8 n) -> u16;", "", StringComparison.Ordinal)
                    .Replace("let weight = weigh(data, n);", "", StringComparison.Ordinal) + extra);
        }
    }

    [Fact]
    public void A_plain_object_is_not_called_as_a_type_that_every_file_has_in_scope()
    {
        Driver driver = Schema.Build(
            """
            public static string Of()
            {
                var held = new GuidObject { A = 5 };
                return $"{Guid.Empty} {held.A} {new VersionObject().X}";
            }
            """,
            Objects,
            "layout 1; namespace t; order le; struct guid { u32 a; u8 b[12]; } struct version { u8 x; }");
        Assert.Equal($"{Guid.Empty} 5 0", driver.Call<string>("Of"));
    }

    /// <summary>True for public types of the platform and of KernKit.Layout, in namespaces that are
    /// imported.</summary>
    private static bool IsElsewhere(string name) =>
        ((string[])["System", "System.Runtime.CompilerServices", "System.Runtime.InteropServices", "KernKit.Layout"])
        .Any(space => ((System.Reflection.Assembly[])[typeof(object).Assembly, typeof(LayoutIssue).Assembly])
            .Any(assembly => assembly.GetExportedTypes().Any(type =>
                type.Namespace == space && type.Name.Split('`')[0] == name)));
}

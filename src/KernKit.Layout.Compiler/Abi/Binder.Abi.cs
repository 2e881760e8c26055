using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Structures of C types: bound once for each ABI, and one type again where all agree.</summary>
internal sealed partial class Binder
{
    private readonly List<(FileUnit Unit, Symbol Symbol)> _variants = [];

    private void BindStruct(Symbol symbol, StructSyntax syntax)
    {
        if (!syntax.IsAbi)
        {
            new StructBinder(this, symbol.Unit, syntax).Bind(symbol);
            return;
        }

        List<AbiPreset> presets = PresetsOf(symbol.Unit, syntax);
        if (presets.Count == 0)
        {
            return;
        }

        // The first binding has the structure's own name: it is the result if all ABIs agree.
        new StructBinder(this, symbol.Unit, syntax, presets[0]).Bind(symbol);
        if (symbol.Type is not StructType { IsBroken: false } plain)
        {
            return;
        }

        var bound = new List<(AbiPreset Preset, StructType Type)>();
        foreach (AbiPreset preset in presets)
        {
            var variant = new Symbol(symbol.Unit, Named(syntax, preset));
            new StructBinder(this, symbol.Unit, (StructSyntax)variant.Syntax, preset).Bind(variant);
            if (variant.Type is not StructType { IsBroken: false } type)
            {
                symbol.Type = variant.Type;
                return;
            }

            bound.Add((preset, type));
            plain.AbiAlignments[preset.Name] = type.AbiAlignments[preset.Name];
        }

        List<AbiVariant> variants =
        [
            .. bound.GroupBy(static item => Signature(item.Type)).Select(static group =>
                new AbiVariant(group.First().Type, [.. group.Select(static item => item.Preset)])),
        ];
        CheckSizes(symbol, syntax, variants);
        if (variants.Count > 1)
        {
            Divide(symbol, syntax, bound, variants);
        }
    }

    /// <summary>Makes the symbol a type whose layout depends on the ABI.</summary>
    private void Divide(
        Symbol symbol, StructSyntax syntax, List<(AbiPreset Preset, StructType Type)> bound, List<AbiVariant> variants)
    {
        if (syntax.IsFixed)
        {
            Error(syntax.Name.Place, "KK1703",
                $"`{syntax.Name.Text}` is not fixed: {Difference(variants[0], variants[1])}");
        }

        string csName = CsNameFor(syntax.Name, syntax.Attributes, Binding.Names.Type);
        var divided = new AbiStructType(syntax.Name.Text, csName, symbol.Unit, syntax.Doc);
        divided.Variants.AddRange(variants);
        symbol.Type = divided;
        foreach (AbiVariant variant in variants)
        {
            variant.Structure.AbiOwner = divided;
            foreach ((AbiPreset preset, StructType type) in bound)
            {
                if (variant.Presets.Contains(preset))
                {
                    variant.Structure.AbiAlignments[preset.Name] = type.AbiAlignments[preset.Name];
                }
            }

            var own =
                new Symbol(symbol.Unit, Named(syntax, variant.Presets[0])) { Type = variant.Structure, IsBound = true };
            _variants.Add((symbol.Unit, own));
        }
    }

    /// <summary>The layouts become structures of their own, once nobody walks over the declarations any more.</summary>
    private void DeclareVariants()
    {
        foreach ((FileUnit unit, Symbol symbol) in _variants)
        {
            NameSyntax name = symbol.Syntax.Name;
            if (!unit.Symbols.TryAdd(name.Text, symbol))
            {
                Error(name.Place, "KK1101",
                    $"`{name.Text}` is the name of a layout of this structure, and declared too; "
                    + "rename one");
            }
        }
    }

    /// <summary><c>name_abi</c>: one layout of a structure that has several.</summary>
    private StructType? FindVariant(FileUnit unit, NameSyntax name)
    {
        foreach (AbiPreset preset in AbiPreset.All.Where(preset =>
            name.Text.EndsWith("_" + preset.Name, StringComparison.Ordinal)))
        {
            string stem = name.Text[..^(preset.Name.Length + 1)];
            if (Find(unit, stem, name.Place) is { Syntax: StructSyntax { IsAbi: true } } symbol)
            {
                Bind(symbol, name.Place);
                return symbol.Type as StructType ?? (symbol.Type as AbiStructType)?.For(preset);
            }
        }

        return null;
    }

    private static StructSyntax Named(StructSyntax syntax, AbiPreset preset) => syntax with
    {
        Name = syntax.Name with { Text = $"{syntax.Name.Text}_{preset.Name}" },
        Attributes = [.. syntax.Attributes.Where(static attribute => attribute.Name is not ("name" or "c"))],
    };

    /// <summary>The ABIs of a file, as far as they have its byte order.</summary>
    private List<AbiPreset> PresetsOf(FileUnit unit, StructSyntax syntax)
    {
        if (unit.Syntax.AbiParameter.Length == 0)
        {
            Error(syntax.Name.Place, "KK1701",
                "`abi` needs the ABIs that the file is about; write `param abi A;` for all, "
                + "or `param abi A = lp64, i386;`");
            return [];
        }

        if (syntax.Parameters.Count > 0)
        {
            Error(syntax.Name.Place, "KK1701", "a structure of C has no parameters; remove them, or `abi`");
            return [];
        }

        var presets = new List<AbiPreset>();
        foreach (NameSyntax name in unit.Syntax.Abis)
        {
            if (AbiPreset.Find(name.Text) is AbiPreset preset)
            {
                presets.Add(preset);
            }
            else
            {
                Error(name.Place, "KK1701", $"`{name.Text}` is no ABI that is known; there are {AbiPreset.Names}");
                return [];
            }
        }

        bool? isLittle = syntax.Order is null ? unit.IsLittleEndian : syntax.Order == "le";
        isLittle ??= unit.HasOrderParameter ? true : null;
        presets = [.. (presets.Count > 0 ? presets : [.. AbiPreset.All]).Where(preset =>
            isLittle is null || preset.IsBigEndian != isLittle)];
        if (presets.Count == 0)
        {
            Error(syntax.Name.Place, "KK1701", "none of the file's ABIs has its byte order; correct one of both");
        }

        return presets;
    }

    /// <summary>What of a layout two ABIs must agree on.</summary>
    private static string Signature(StructType type) => string.Create(
        CultureInfo.InvariantCulture,
        $"{type.Size} {type.OwnLittleEndian} {string.Join(' ', type.Fields.Select(Signature))}");

    private static string Signature(FieldModel field)
    {
        string shape = field.Type switch
        {
            ScalarType scalar => string.Create(CultureInfo.InvariantCulture, $"{scalar.Bytes}{scalar.IsSigned}"),
            BitsType bits => string.Join(',', bits.Fields.Select(static bit =>
                $"{bit.Name}{bit.Low}+{bit.Width}{(bit.IsSigned ? "s" : "")}")),
            StructType nested => nested.Name + nested.Size,
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture,
            $"{field.Name}@{field.First.At.Offset}:{field.Count}:{shape}");
    }

    private void CheckSizes(Symbol symbol, StructSyntax syntax, List<AbiVariant> variants)
    {
        if (syntax.Size is null)
        {
            return;
        }

        var stated = new SortedSet<BigInteger>();
        foreach (ExpressionSyntax one in Alternatives(syntax.Size))
        {
            if (EvaluateConstant(symbol.Unit, one) is not BigInteger size)
            {
                return;
            }

            stated.Add(size);
        }

        var found =
            new SortedSet<BigInteger>(variants.Select(static variant => (BigInteger)variant.Structure.Size!.Value));
        if (!stated.SetEquals(found))
        {
            string sizes = string.Join(", ", variants.Select(static variant => string.Create(
                CultureInfo.InvariantCulture,
                $"{variant.Structure.Size} under "
                    + $"{string.Join(' ', variant.Presets.Select(static preset => preset.Name))}")));
            Error(syntax.Size.Place, "KK1204",
                $"`{syntax.Name.Text}` takes {sizes}; write `size {string.Join(" | ", found)}`");
        }
    }

    private static IEnumerable<ExpressionSyntax> Alternatives(ExpressionSyntax size) =>
        size is BinarySyntax { Operator: "|" } either
            ? Alternatives(either.Left).Concat(Alternatives(either.Right))
            : [size];

    private static string Difference(AbiVariant one, AbiVariant other)
    {
        string left = one.Presets[0].Name;
        string right = other.Presets[0].Name;
        foreach ((FieldModel a, FieldModel b) in one.Structure.Fields.Zip(other.Structure.Fields))
        {
            if (a.First.At != b.First.At)
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"`{a.Name}` lies at {a.First.At.Offset} under {left} "
                    + $"and at {b.First.At.Offset} under {right}");
            }

            if (Signature(a) != Signature(b))
            {
                return $"`{a.Name}` has another size under {left} than under {right}";
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"it takes {one.Structure.Size} bytes under {left} and "
            + $"{other.Structure.Size} under {right}");
    }
}

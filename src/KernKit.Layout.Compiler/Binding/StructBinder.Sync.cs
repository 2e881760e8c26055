using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Proves what a way of sharing needs: sizes, alignments, a counter.</summary>
internal sealed partial class StructBinder
{
    private void BindSync()
    {
        if (syntax.Sync is not SyncSyntax sync || sync.Kind == "none" || _type.IsBroken)
        {
            return;
        }

        _type.Sync = sync.Kind switch
        {
            "atomic" => SyncKind.Atomic,
            "seqlock" => SyncKind.Seqlock,
            "lock outside" => SyncKind.LockOutside,
            _ => SyncKind.LockInside,
        };
        if (!_type.IsCompact || _type.Parameters.Count > 0)
        {
            Error(
                sync.Place,
                "KK1601",
                $"`{_type.Name}` is shared, so it has a constant size of at most {StructType.CompactSizeMax} bytes and "
                    + "no parameters; share a part of it");
            return;
        }

        switch (_type.Sync)
        {
            case SyncKind.Atomic:
                CheckAtomic(sync.Place);
                break;
            case SyncKind.Seqlock:
                CheckSeqlock(sync.Field!);
                break;
            default:
                break;
        }
    }

    private void CheckAtomic(SourcePlace place)
    {
        foreach (FieldModel field in _type.Fields)
        {
            int unit = Binder.SizeOf(field.Type) ?? 0;
            bool isInteger = field.Shape is FieldShape.Scalar && !field.IsConditional && field.Places.Count == 1
                && field.Type is not ScalarType { IsFloat: true };
            if (!isInteger || unit is not (1 or 2 or 4 or 8))
            {
                Error(
                    field.Place,
                    "KK1601",
                    $"`{field.Name}` cannot be atomic: an integer, enum or bits of 1, 2, 4 or 8 bytes that is always "
                        + "there can; move it to another structure");
            }
            else if (field.First.At.Offset % unit != 0)
            {
                Error(
                    field.Place,
                    "KK1601",
                    $"`{field.Name}` lies at offset {field.First.At.Offset}, and {unit} bytes are atomic at "
                        + $"multiples of {unit} only; put `pad` before it");
            }
        }

        int alignment = _type.Fields.Select(static field => Binder.SizeOf(field.Type) ?? 1).DefaultIfEmpty(1).Max();
        if (!_type.IsBroken && _type.Size % alignment != 0)
        {
            Error(place, "KK1601", $"`{_type.Name}` takes {_type.Size} bytes, no multiple of its alignment "
                + $"{alignment}: in an array its fields would not be aligned; add `pad`");
        }
    }

    private void CheckSeqlock(NameSyntax name)
    {
        FieldModel? field = _type.Fields.Find(field => field.Name == name.Text);
        bool isCounter = field is { Shape: FieldShape.Scalar, IsConditional: false, Places.Count: 1 }
            && field.Type is ScalarType { Bytes: 8, IsSigned: false };
        if (!isCounter || field!.First.At.Offset % 8 != 0)
        {
            Error(
                name.Place,
                "KK1601",
                $"`{name.Text}` is no u64 at a multiple of 8, so it cannot count the writes of a seqlock");
            return;
        }

        _type.SyncField = field;
    }
}

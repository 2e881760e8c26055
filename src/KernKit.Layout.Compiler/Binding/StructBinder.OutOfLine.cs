using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Parts at offsets that the structure stores, and bitmaps wherever they lie.</summary>
internal sealed partial class StructBinder
{
    private void PlaceOutOfLine(
        FieldSyntax field,
        DeclaratorSyntax declarator,
        TypeModel type,
        BoundExpression at,
        BoundExpression? count,
        int? unitSize)
    {
        if (count is null || unitSize is null || _presence.Count > 0)
        {
            Error(
                declarator.Name.Place,
                "KK1207",
                "only arrays of integers, bytes and constant-size structures may lie at a run-time offset, and not "
                    + "in a block");
            return;
        }

        if (field.Clauses.Where is not null || field.Clauses.Equal is not null)
        {
            Error(declarator.Name.Place, "KK1207", "`=` and `where` speak of fields at constant offsets only; remove "
                + "them");
            return;
        }

        FieldModel? model = Declare(field, declarator, type, ShapeOf(type, true), Position.Start);
        if (model is not null)
        {
            SetOutOfLine(model, at, field.Clauses.At!.Text, count, declarator.Count!.Text);
        }
    }

    private static void SetOutOfLine(
        FieldModel model, BoundExpression at, string atText, BoundExpression count, string countText)
    {
        model.OutOfLineAt = at;
        model.OutOfLineText = atText;
        model.CountExpression = count;
        model.CountText = countText;
    }

    private void PlaceBitmap(BitmapSyntax bitmap)
    {
        ClausesSyntax clauses = bitmap.Clauses;
        bool isOther = (clauses.Equal ?? clauses.Where) is not null || clauses.UntilEnd
            || clauses.Check is not null || clauses.Transform is not null;
        if (isOther)
        {
            Error(
                bitmap.Place,
                "KK1207",
                "a bitmap takes the clauses `at self + OFFSET`, `if`, `since` and `until` only; correct it");
            return;
        }

        binder.CheckAttributes(clauses.Attributes);
        BoundExpression? count = Checked(BindLength(bitmap.Count));
        if (count is null || RefuseRunTime(bitmap.Place, "a bitmap"))
        {
            return;
        }

        FieldSyntax field = WithVersions(
            new FieldSyntax(bitmap.Place, new NameSyntax("u8", bitmap.Place), [], clauses, bitmap.Doc, null));
        var declarator = new DeclaratorSyntax(bitmap.Name, true, bitmap.Count, null);
        var bytes = new ScalarType(1, false, OrderKind.Little);
        if (clauses.At is null)
        {
            PlaceBitmapInSequence(field, declarator, bytes, count);
            return;
        }

        BoundExpression? at = Checked(
            new ExpressionBinder(binder, unit, _type) { BaseName = "self" }.BindInteger(clauses.At));
        if (at is null)
        {
            return;
        }

        FieldModel? model = Declare(field, declarator, bytes, FieldShape.Bitmap, Position.Start);
        if (model is not null)
        {
            SetOutOfLine(model, at, clauses.At.Text, count, bitmap.Count.Text);
        }
    }

    /// <summary>Bits where the cursor is, filled up to whole bytes.</summary>
    private void PlaceBitmapInSequence(
        FieldSyntax field, DeclaratorSyntax declarator, ScalarType type, BoundExpression count)
    {
        if (field.Clauses.If is ExpressionSyntax condition && !_isConstantOnly)
        {
            FieldSyntax always = field with { Clauses = field.Clauses with { If = null } };
            PlaceOptional(condition, () => PlaceBitmapInSequence(always, declarator, type, count));
            return;
        }

        bool isConstant = count is BoundConstant;
        if (isConstant && (count.Min < 1 || count.Max > StructType.SizeMax))
        {
            Error(declarator.Name.Place, "KK1206", $"{count.Min} bits are not between 1 and {StructType.SizeMax}");
            return;
        }

        if (!isConstant)
        {
            ProveInputs(count);
        }

        FieldModel? model = Declare(field, declarator, type, FieldShape.Bitmap, _at);
        if (model is null)
        {
            return;
        }

        model.CountText = declarator.Count!.Text;
        if (count is BoundConstant constant)
        {
            model.Count = (int)constant.Value;
            Advance((model.Count.Value + 7) / 8, declarator.Name.Place);
            return;
        }

        model.CountSlot = _countSlots++;
        TakeExtent(count, declarator.Count.Text, ExtentStep.Bits, model.CountSlot, model.Name);
    }
}

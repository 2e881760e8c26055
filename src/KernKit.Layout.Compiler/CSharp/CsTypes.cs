using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>How the types of the model are called in C#, seen from one structure.</summary>
internal sealed class CsTypes(CompileOptions options, FileUnit unit, StructType? structure)
{
    /// <summary>The order of integers that state none: a type parameter, or the file's order.</summary>
    public string AmbientOrder
    {
        get
        {
            bool isParameter = structure?.HasOrderParameter ?? unit.HasOrderParameter;
            bool? isLittle = structure is null ? unit.IsLittleEndian : structure.IsLittleEndian;
            return isParameter ? "TOrder" : isLittle == false ? "BigEndian" : "LittleEndian";
        }
    }

    public static string TypeParameter(StructType type) => type.HasOrderParameter ? "<TOrder>" : "";

    public static string Constraint(StructType type) =>
        type.HasOrderParameter ? " where TOrder : struct, IByteOrder" : "";

    public string OrderOf(OrderKind order) => order switch
    {
        OrderKind.Little => "LittleEndian",
        OrderKind.Big => "BigEndian",
        _ => AmbientOrder,
    };

    /// <summary>The name of a generated type, qualified if it lives elsewhere or a field has its name.</summary>
    public string Name(NamedType type, string csName)
    {
        // A property of the same name and type hides nothing: C# tells by the context which one is meant.
        bool isHidden = structure is not null && (structure.Fields.Exists(field =>
                field.CsName == csName && (field.Type != type || field.Shape != FieldShape.Scalar))
            || structure.Computed.Exists(computed => computed.CsName == csName && computed.Enum != type)
            || structure.References.Exists(reference => reference.CsName == csName));
        if (type.Unit.CsNamespace == unit.CsNamespace && !isHidden)
        {
            return csName;
        }

        string inner = type.Unit.CsNamespace;
        return "global::" + options.Namespace + (inner.Length > 0 ? "." + inner : "") + "." + csName;
    }

    /// <summary>The class in which a file's functions are written by hand.</summary>
    public string Functions(FileUnit owner)
    {
        string inner = owner.CsNamespace;
        return "global::" + options.Namespace + (inner.Length > 0 ? "." + inner : "") + "." + FunctionsName(owner);
    }

    public static string FunctionsName(FileUnit owner)
    {
        string last = owner.Namespace[(owner.Namespace.LastIndexOf('.') + 1)..];
        return (last.Length == 0 ? "" : Names.Pascal(last)) + "Functions";
    }

    /// <summary>The class of a file's constants.</summary>
    public static string ConstantsName(FileUnit owner)
    {
        string last = owner.Namespace[(owner.Namespace.LastIndexOf('.') + 1)..];
        return (last.Length == 0 ? "" : Names.Pascal(last)) + "Constants";
    }

    /// <summary>The test whether a value is one that the schema names.</summary>
    public string IsKnown(EnumType type, string value) => type.Unit.CsNamespace == unit.CsNamespace
        ? $"{value}.IsKnown()"
        : $"{Name(type, type.CsName + "Extensions")}.IsKnown({value})";

    public string View(StructType type) => Generic(type, type.ViewName);

    /// <summary>A type that belongs to a structure, with its order argument.</summary>
    public string Generic(StructType type, string csName) => Name(type, csName) + OrderArgument(type);

    /// <summary>The order argument of a type that belongs to a structure, in brackets, or nothing.</summary>
    public string OrderArgument(StructType type) => (type.HasOrderParameter, type.GivenLittleEndian) switch
    {
        (false, _) => "",
        (_, true) => "<LittleEndian>",
        (_, false) => "<BigEndian>",
        _ => "<" + AmbientOrder + ">",
    };

    /// <summary>The C# integer that holds a number of bytes.</summary>
    public static string Integer(int bytes, bool isSigned) => (bytes, isSigned) switch
    {
        (1, false) => "byte",
        (1, true) => "sbyte",
        (2, false) => "ushort",
        (2, true) => "short",
        (3 or 4, false) => "uint",
        (3 or 4, true) => "int",
        (16, false) => "UInt128",
        (16, true) => "Int128",
        (_, false) => "ulong",
        _ => "long",
    };

    /// <summary>The C# backing type of an enumeration.</summary>
    public static string Backing(EnumType type) => Integer((type.Bits + 7) / 8, type.IsSigned);

    /// <summary>The C# type that holds one value.</summary>
    public static string Number(ScalarType type) => (type.IsFloat, type.Bytes) switch
    {
        (true, 2) => "Half",
        (true, 4) => "float",
        (true, _) => "double",
        _ => Integer(type.Bytes, type.IsSigned),
    };

    /// <summary>The name that readers, writers and arrays of a scalar type have in the support code.</summary>
    public static string Suffix(ScalarType type) => type.IsFloat
        ? type.Bytes switch { 2 => "Half", 4 => "Single", _ => "Double" }
        : type.Bytes == 1 ? (type.IsSigned ? "SByte" : "Byte") : (type.IsSigned ? "Int" : "UInt") + (type.Bytes * 8);

    public static ScalarType ScalarOf(TypeModel type) => type switch
    {
        ScalarType scalar => scalar,
        EnumType value => value.Scalar,
        BitsType bits => bits.Scalar,
        _ => new ScalarType(1, false, OrderKind.Little),
    };

    /// <summary>The type of a field's value (of one element, for arrays of integers).</summary>
    public string Scalar(TypeModel type) => type switch
    {
        ScalarType scalar => Number(scalar),
        EnumType or BitsType => Name((NamedType)type, ((NamedType)type).CsName),
        _ => "byte",
    };

    public string Parameter(ParameterModel parameter) => parameter.IsBoolean ? "bool" : Scalar(parameter.Type!);

    /// <summary>The parameter list of a structure's constructors, with a leading comma.</summary>
    public string ParameterList(StructType type) =>
        string.Concat(type.Parameters.Select(parameter => $", {Parameter(parameter)} {parameter.CsName}"));

    public static string ArgumentList(StructType type) =>
        string.Concat(type.Parameters.Select(static parameter => ", " + parameter.CsName));

    /// <summary>The same values as a view remembers them, with a leading comma.</summary>
    public static string StoredList(StructType type) =>
        string.Concat(type.Parameters.Select(static parameter => ", " + ExpressionEmitter.Remembered(parameter)));

    public static bool IsIn(BigInteger value, ScalarType type) => value >= type.Min && value <= type.Max;
}

using System.Text;
using System.Text.RegularExpressions;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>From the names of headers to the names of C#.</summary>
internal static partial class Names
{
    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const",
        "continue", "decimal", "default", "delegate", "do", "double", "else", "enum", "event", "explicit", "extern",
        "false", "finally", "fixed", "float", "for", "foreach", "goto", "if", "implicit", "in", "int", "interface",
        "internal", "is", "lock", "long", "namespace", "new", "null", "object", "operator", "out", "override",
        "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof",
        "stackalloc", "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint",
        "ulong", "unchecked", "unsafe", "ushort", "using", "virtual", "void", "volatile", "while", "value", "field",
        "source", "view", "failure", "issue", "report", "start", "bytes", "next", "current", "origin", "isThrowing",
        "missing", "buffer", "scratch", "held", "target", "builder", "old", "hasOld", "isNew", "made", "left",
    };

    // Types that generated code uses by a simple name, in members as in types.
    private static readonly HashSet<string> Support = new(StringComparer.Ordinal)
    {
        "Offsets", "LayoutMessage", "LayoutSharing", "LayoutTransform", "LayoutTransformKind",
        "LayoutTransformResult", "Volatile", "Interlocked", "LayoutTextVisitor", "LayoutJsonVisitor",
        "ILayoutVisitor", "Unsafe", "MemoryMarshal", "System", "KernKit", "ReadOnlySpan", "Span", "TOrder",
        "LittleEndian", "BigEndian", "MethodImpl", "MethodImplAttribute", "MethodImplOptions", "LayoutBuilder",
        "FormattableString", "LayoutThrow", "LayoutFailure", "LayoutIssue", "LayoutReport", "LayoutException",
        "LayoutBytes", "BitmapView", "ByteOrder", "Int128", "UInt128", "Half", "BitConverter", "LayoutText", "Math",
        "LayoutCheck", "LayoutCheckResult", "LayoutCheckAlgorithm", "LayoutReference",
    };

    // What else generated types define or use by a simple name: a field of that name gets the suffix "Value".
    private static readonly HashSet<string> Members = new(Support, StringComparer.Ordinal)
    {
        "Size", "MinSize", "Bytes", "Length", "TryOpen", "Probe", "Validate", "IsValid", "View", "Describe",
        "UpdateChecks", "Accept", "WriteJson", "Original", "MessageId", "MessageVersion", "CurrentVersion",
        "FixedSize", "LeastSize", "UnknownFixed", "UnknownParts", "Decode", "Encode", "Finish", "GetEncodedLength",
        "FixedPart", "Threading", "Write", "WriteTo", "From", "ToArray", "ToObject", "Equals", "GetHashCode",
        "GetType", "ToString", "MemberwiseClone", "Finalize", "ReferenceEquals",
    };

    // A type of that name, or of one of Support's, gets the suffix "Type".
    private static readonly HashSet<string> Types = new(Support, StringComparer.Ordinal)
    {
        "LayoutReadStatus", "LayoutStreamReader", "ArgumentException", "ArgumentNullException", "BigInteger",
        "BinaryPrimitives", "BitOperations", "BuffersExtensions", "Convert", "Encoding", "IBufferWriter",
        "IDisposable", "Lock", "ReadOnlySequence", "SpinWait", "StringComparison", "SynchronizationLockException",
        "Utf8JsonWriter", "InvalidOperationException", "LayoutSeqlock", "ILayoutMemory", "MachineMemory",
        "IByteOrder", "Object", "String", "Flags", "FlagsAttribute", "BitmapEdit", "Enumerator", "MemoryExtensions",
        "ArgumentOutOfRangeException", "IndexOutOfRangeException",
    };

    // What nearly every C# file has in scope: a plain object of that name would make it ambiguous there.
    private static readonly HashSet<string> Common = new(StringComparer.Ordinal)
    {
        "Action", "Array", "Attribute", "Buffer", "Byte", "Char", "Console", "Convert", "DateOnly", "DateTime",
        "DateTimeOffset", "Decimal", "Delegate", "Directory", "Double", "Enum", "Environment", "Exception", "File",
        "Func", "Guid", "Index", "Int16", "Int32", "Int64", "Lazy", "Lock", "Memory", "Monitor", "Nullable",
        "Path", "Random", "Range", "SByte", "Single", "Stream", "Task", "Thread", "TimeOnly", "Timer", "TimeSpan",
        "TimeZone", "Tuple", "Type", "UInt16", "UInt32", "UInt64", "Uri", "Version", "Void",
    };

    /// <summary>True for the names of types in the namespaces that C# files commonly use.</summary>
    public static bool IsCommonType(string csName) => Common.Contains(csName);

    /// <summary>PascalCase: <c>cs_total</c> is <c>CsTotal</c>, <c>UFS2_MAGIC</c> is <c>Ufs2Magic</c>.</summary>
    public static string Pascal(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (string word in name.Split('_', StringSplitOptions.RemoveEmptyEntries))
        {
            bool isUpper = word.Length > 1 && !word.Any(char.IsAsciiLetterLower);
            text.Append(char.ToUpperInvariant(word[0]));
            text.Append(isUpper ? word[1..].ToLowerInvariant() : word[1..]);
        }

        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
        {
            text.Insert(0, '_');
        }

        return text.ToString();
    }

    /// <summary>A member of an enumeration: a name without small letters stays as the headers have it.</summary>
    public static string EnumMember(string name) =>
        name.Any(char.IsAsciiLetterLower) || char.IsAsciiDigit(name[0]) ? Pascal(name) : name;

    /// <summary>The property of a field; a name that generated code needs itself gets the suffix Value.</summary>
    public static string Member(string name)
    {
        string pascal = Pascal(name);
        return Members.Contains(pascal) ? pascal + "Value" : pascal;
    }

    /// <summary>A type; names that generated code uses get the suffix Type.</summary>
    public static string Type(string name)
    {
        string pascal = Pascal(name);
        return Types.Contains(pascal) ? pascal + "Type" : pascal;
    }

    /// <summary>True for a C# name that <see cref="Member"/> or <see cref="Type"/> would give a suffix.</summary>
    public static bool IsChanged(string csName, Func<string, string> make) =>
        make == Member ? Members.Contains(csName) : make == Type && Types.Contains(csName);

    /// <summary>camelCase, with @ before a word that C# keeps.</summary>
    public static string Camel(string name)
    {
        string pascal = Pascal(name);
        string camel = char.ToLowerInvariant(pascal[0]) + pascal[1..];
        return Keywords.Contains(camel) || Numbered().IsMatch(camel) ? camel + "Value" : camel;
    }

    /// <summary>True for the name of a support type, which a generated type of the same name would hide.</summary>
    public static bool IsSupportType(string csName) => Types.Contains(csName) || Arrays().IsMatch(csName);

    [GeneratedRegex("^(S?Byte|U?Int[0-9]+|Half|Single|Double)Array(Edit)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Arrays();

    // What a view calls the positions, counts, cases and lengths that it remembers.
    [GeneratedRegex(
        "^(at|case|count|has|n|i|inner|item|done|room|part|shown|walk|bad|check|old|more|pad|wanted|held|bytes|isSet|"
        + "value|view|mark|zero|algorithm|data)[0-9]+$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Numbered();

    /// <summary>True for letters, digits and _, not beginning with a digit.</summary>
    public static bool IsIdentifier(string name) =>
        name.Length is > 0 and <= 128
        && !char.IsAsciiDigit(name[0])
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_')
        && !Keywords.Contains(name);
}

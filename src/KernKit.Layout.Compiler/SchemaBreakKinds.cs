namespace KernKit.Layout.Compiler;

/// <summary>Whom a change of a schema breaks.</summary>
[Flags]
public enum SchemaBreakKinds
{
    /// <summary>Nobody: the change is told because it may matter.</summary>
    None = 0,

    /// <summary>Programs made with the old schema that read what new ones write.</summary>
    OldReader = 1,

    /// <summary>Programs made with the new schema that read what old ones wrote.</summary>
    NewReader = 2,

    /// <summary>Sources that use the generated names.</summary>
    Source = 4,

    /// <summary>Readers of the JSON form.</summary>
    Json = 8,

    /// <summary>Everybody.</summary>
    All = OldReader | NewReader | Source | Json,
}

namespace Baker.Core.Merging;

/// <summary>Who says a value, the lowest first: each layer is merged onto what those below it came to.</summary>
public enum Layer
{
    /// <summary><c>__settings__</c>, which say what belongs into run lists.</summary>
    Settings,

    /// <summary><c>__base__</c>.</summary>
    Base,

    /// <summary>The group at the manifest's top level.</summary>
    Group,

    /// <summary>The environment's <c>__base__</c>.</summary>
    EnvironmentBase,

    /// <summary>The group in the environment.</summary>
    EnvironmentGroup,
}

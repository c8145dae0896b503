using System.Collections.Immutable;
using Baker.Core.Configuration;

namespace Baker.Core.Planning;

/// <summary>One step of a change to the configuration. Its text names variables and never what they hold.</summary>
public abstract record ConfigStep : ChangeStep
{
    private ConfigStep()
    {
    }

    /// <param name="IsNew">Whether there is no such variable yet.</param>
    /// <param name="IsSecret">Whether it is encrypted.</param>
    public sealed record Put(ConfigPath Place, string Variable, bool IsNew, bool IsSecret) : ConfigStep
    {
        public override string Key => "set";

        public override string Text => $"{(IsNew ? "set" : "change")} {(IsSecret ? "the secret " : "")}{Variable} of {Place.Words}";
    }

    /// <summary>Makes a secret of what was none: with the old versions, which anybody could read who may read parameters.</summary>
    public sealed record Conceal(ConfigPath Place, string Variable) : ConfigStep
    {
        public override string Key => "conceal";

        public override string Text => $"make {Variable} of {Place.Words} a secret, and remove its history, which was none";
    }

    public sealed record Remove(ConfigPath Place, ImmutableArray<string> Variables) : ConfigStep
    {
        public override string Key => "remove";

        public override string Text =>
            $"remove {string.Join(", ", Variables)} of {Place.Words}, with {(Variables.Length == 1 ? "its" : "their")} history";
    }
}

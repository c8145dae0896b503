using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;
using Baker.Core.Resources;
using Baker.Core.Staleness;

namespace Baker.Cli.Plans;

/// <summary>One step of an apply; each may be carried out again after it was interrupted.</summary>
/// <param name="Items">What is not stale any more after it, as the plan has it.</param>
internal abstract record ApplyStep(ImmutableArray<StaleItem> Items) : ChangeStep
{
    /// <summary>Writes the files that the manifest compiles to.</summary>
    public sealed record Compile(ImmutableArray<StaleItem> Items) : ApplyStep(Items)
    {
        private const int Named = 5;

        public override string Key => "compile";

        public override string Text => $"write {string.Join(", ", Items.Take(Named).Select(item => item.Subject))}"
            + (Items.Length > Named ? FormattableString.Invariant($" and {Items.Length - Named} more") : "");
    }

    public sealed record Bake(ImmutableArray<GroupName> Groups, ImmutableArray<StaleItem> Items) : ApplyStep(Items)
    {
        public override string Key => "bake";

        public override string Text => $"bake the image{(Groups.Length == 1 ? "" : "s")} of {string.Join(", ", Groups)}";
    }

    /// <summary>A step of the environment's, or of one fleet.</summary>
    public sealed record Around(EnvironmentStep Step, StaleItem Item) : ApplyStep([Item])
    {
        public override string Key => Step.Key;

        public override string Text => Step.Text;
    }
}

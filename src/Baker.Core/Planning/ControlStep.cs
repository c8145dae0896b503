using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>A small change to a fleet: its size, or its suspended processes.</summary>
/// <param name="Name">The Auto Scaling group.</param>
public abstract record ControlStep(string Name) : ChangeStep
{
    public sealed record Resize(string Name, Capacity Before, Capacity After) : ControlStep(Name)
    {
        public override string Key => "size";

        public override string Text => $"set {Name} from {Before} to {After}";
    }

    public sealed record Suspend(string Name, ImmutableArray<string> Processes) : ControlStep(Name)
    {
        public override string Key => "suspend";

        public override string Text => $"suspend {string.Join(", ", Processes)} of {Name}";
    }

    public sealed record Resume(string Name, ImmutableArray<string> Processes) : ControlStep(Name)
    {
        public override string Key => "resume";

        public override string Text => $"resume {string.Join(", ", Processes)} of {Name}";
    }
}

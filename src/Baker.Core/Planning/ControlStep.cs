using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>A small change to a fleet: its size, or its suspended processes.</summary>
/// <param name="Name">The Auto Scaling group.</param>
public abstract record ControlStep(string Name) : ChangeStep
{
    /// <param name="BothServe">Whether it is the new group of an update, which keeps its minimum at its size until it serves alone.</param>
    public sealed record Resize(string Name, Capacity Before, Capacity After, bool BothServe = false) : ControlStep(Name)
    {
        public override string Key => "size";

        public override string Text => $"set {Name} from {Before} to {After}"
            + (BothServe ? ", with its minimum held at its size as long as both serve" : "");
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

    public sealed record Say(string Name, CanaryWord Word) : ControlStep(Name)
    {
        public override string Key => Word.Word;

        public override string Text =>
            FormattableString.Invariant($"have the canary {Name}, at its step {Word.Number}, ") + Word.Word switch
            {
                CanaryWord.Pause => "stay there until autoscale:promote",
                CanaryWord.Finish => "go on to all of the requests, with one look at each step",
                _ => "go on to its next step now",
            };
    }
}

using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Manifest;

namespace Baker.Core.Planning;

/// <summary>One step of <c>instance:deploy</c>.</summary>
public abstract record DeployStep : ChangeStep
{
    private DeployStep()
    {
    }

    /// <summary>Many names on one line: the first ones, and how many more.</summary>
    private static string Names(ImmutableArray<string> nodes) => nodes.Length <= 5
        ? string.Join(", ", nodes)
        : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", nodes.Take(4))} and {nodes.Length - 4} more");

    /// <summary>One command to all of the group's nodes, whether they serve or not.</summary>
    public sealed record Send(GroupName Group, int AtOnce) : DeployStep
    {
        public override string Key => "send";

        public override string Text => string.Create(CultureInfo.InvariantCulture, $"converge the nodes of {Group}, {AtOnce} at a time");
    }

    public sealed record TakeLock(GroupName Group) : DeployStep
    {
        public override string Key => "lock";

        public override string Text => $"take the lock of {Group}";
    }

    /// <summary>Makes room below an Auto Scaling group's minimum, and keeps it from evening out its zones meanwhile.</summary>
    public sealed record Hold(string Fleet, int Minimum, int Lowered) : DeployStep
    {
        public override string Key => "hold";

        public override string Text => string.Create(
            CultureInfo.InvariantCulture,
            $"hold {Fleet} until the end: {Change}no rebalancing of its zones");

        private string Change => Lowered < Minimum ? $"its minimum at {Lowered} instead of {Minimum}, " : "";
    }

    /// <param name="Withdraws">Whether the nodes leave the catalogue of services before.</param>
    public sealed record TakeOut(ImmutableArray<string> Nodes, ImmutableArray<string> TargetGroups, bool Withdraws = false) : DeployStep
    {
        public override string Key => "take-out";

        public override string Text => $"take {Names(Nodes)} out of {(Withdraws ? "the catalogue of services, then out of " : "")}"
            + $"{string.Join(", ", TargetGroups.Select(ArnText.Name))} and wait out the drain";
    }

    /// <param name="IsOut">Whether the nodes are out of service meanwhile: a node that fails then stays out.</param>
    public sealed record Converge(ImmutableArray<string> Nodes, int AtOnce, bool IsOut) : DeployStep
    {
        public override string Key => "converge";

        public override string Text => IsOut
            ? $"converge {Names(Nodes)}"
            : string.Create(CultureInfo.InvariantCulture, $"converge {Names(Nodes)}, not behind a load balancer, {AtOnce} at a time");
    }

    /// <param name="Announces">Whether the nodes are in the catalogue of services again after.</param>
    public sealed record BringBack(ImmutableArray<string> Nodes, bool Announces = false) : DeployStep
    {
        public override string Key => "bring-back";

        public override string Text => $"put {Names(Nodes)} back{(Announces ? "," : " and")} wait until "
            + $"{(Nodes.Length == 1 ? "it is" : "they are")} healthy{(Announces ? ", and announce what was withdrawn" : "")}";
    }

    /// <summary>The end of <see cref="Hold"/>.</summary>
    public sealed record LetGo(string Fleet, int Minimum) : DeployStep
    {
        public override string Key => "let-go";

        public override string Text => string.Create(CultureInfo.InvariantCulture, $"let {Fleet} go again, with its minimum of {Minimum}");
    }
}

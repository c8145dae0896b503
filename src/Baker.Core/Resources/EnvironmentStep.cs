using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Core.Resources;

/// <summary>One step of a change to an environment. Every step may be carried out again after it was interrupted.</summary>
public abstract record EnvironmentStep : ChangeStep
{
    private EnvironmentStep()
    {
    }

    /// <summary>Of a step that begins, replaces or ends a fleet: its wave, whose steps may be done at the same time.</summary>
    public virtual int? OfWave => null;

    public sealed record Create(Resource Resource) : EnvironmentStep
    {
        public override string Key => $"create-{ResourceWords.Key(Resource.Kind)}";

        public override string Text => Reference.Plain(ResourceWords.Create(Resource));
    }

    public sealed record Change(Resource Found, Resource Resource, ImmutableArray<Difference> Differences) : EnvironmentStep
    {
        public override string Key => $"change-{ResourceWords.Key(Resource.Kind)}";

        public override string Text => Reference.Plain($"{ResourceWords.Change(Resource)}: {string.Join("; ", Differences)}");
    }

    public sealed record Remove(Resource Resource) : EnvironmentStep
    {
        public override string Key => $"remove-{ResourceWords.Key(Resource.Kind)}";

        public override string Text => ResourceWords.Remove(Resource);
    }

    public sealed record Bake(ImmutableArray<GroupName> Groups) : EnvironmentStep
    {
        public override string Key => "bake";

        public override string Text => Groups.Length == 1
            ? $"bake the image of {Groups[0]}, which has none that is current"
            : $"bake the images of {string.Join(", ", Groups)}, which have none that is current";
    }

    public sealed record RunFleet(GroupName Group, int Wave) : EnvironmentStep
    {
        public override string Key => "run-fleet";

        public override int? OfWave => Wave;

        public override string Text => $"run the fleet {Group}, and wait until it is healthy" + (Wave > 0 ? $" (wave {Wave + 1})" : "");
    }

    public sealed record UpdateFleet(GroupName Group, int Wave, string Why) : EnvironmentStep
    {
        public override string Key => "update-fleet";

        public override int? OfWave => Wave;

        public override string Text => $"update the fleet {Group}: {Why}";
    }

    /// <summary>An Auto Scaling group that joins target groups, or leaves them.</summary>
    public sealed record Join(GroupName Group, string Fleet, ImmutableArray<string> Joins, ImmutableArray<string> Leaves) : EnvironmentStep
    {
        public override string Key => "join";

        public override string Text =>
            string.Join(" and ", new[] { Words("join", Joins), Words("leave", Leaves) }.OfType<string>())
                + (Joins.IsEmpty ? "" : ", and wait until it is healthy there");

        private string? Words(string verb, ImmutableArray<string> targets) =>
            targets.IsEmpty ? null : $"have {Fleet} {verb} {string.Join(", ", targets.Select(ResourceWords.Short))}";
    }

    /// <summary>An Auto Scaling group that has another size or other tags than it should; how many run is Auto Scaling's to say.</summary>
    /// <param name="Size">The size that it should have; null where that is right.</param>
    /// <param name="Tags">The tags that it should have and has not.</param>
    public sealed record ChangeFleet(
        GroupName Group,
        string Fleet,
        (int Min, int Max)? Size,
        ImmutableArray<KeyValuePair<string, string>> Tags,
        ImmutableArray<Difference> Differences) : EnvironmentStep
    {
        public override string Key => "change-fleet";

        public override string Text => $"change the fleet {Group}: {string.Join("; ", Differences)}";
    }

    /// <summary>What an Auto Scaling group has left that is gone.</summary>
    /// <param name="Fleet">Its name, which its launch template has too.</param>
    public sealed record Clear(string Fleet, string Region, bool HasTemplate, ImmutableArray<string> Alarms) : EnvironmentStep
    {
        public override string Key => "clear";

        public override string Text => $"delete what {Fleet} has left, which is gone: "
            + string.Join(" and ", new[]
            {
                HasTemplate ? "its launch template" : null,
                Alarms.IsEmpty ? null : Alarms.Length == 1 ? "an alarm" : $"{Alarms.Length} alarms",
            }.OfType<string>());
    }

    public sealed record DeleteFleet(GroupName Group, string Region, int Wave) : EnvironmentStep
    {
        public override string Key => "delete-fleet";

        public override int? OfWave => Wave;

        public override string Text => $"delete the fleet {Group}, with its policies, schedules and alarms";
    }

    public sealed record Terminate(string Id, string Name, string Region) : EnvironmentStep
    {
        /// <summary>The names of the target groups that it was launched to join.</summary>
        public ImmutableArray<string> Joined { get; init; } = [];

        public override string Key => "terminate";

        public override string Text => $"terminate the instance {Id}" + (Name.Length > 0 ? $" ({Name})" : "");
    }
}

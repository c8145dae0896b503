using System.Collections.Immutable;
using System.Globalization;
using Baker.Core.Manifest;

namespace Baker.Core.Planning;

/// <summary>
/// One step of a change to a fleet. Every step may be carried out again after it was interrupted.
/// </summary>
public abstract record FleetStep : ChangeStep
{
    private FleetStep()
    {
    }

    public sealed record Open(GroupName Group, string What) : FleetStep
    {
        public override string Key => FleetJournal.Opening;

        public override string Text => $"take the lock of {Group} and open the journal: {What}";
    }

    public sealed record RestoreFast(string Image, ImmutableArray<string> Zones) : FleetStep
    {
        public override string Key => "fast-restore";

        public override string Text => $"enable fast snapshot restore of {Image} in "
            + $"{(Zones.IsEmpty ? "the fleet's zones" : string.Join(", ", Zones))}, and wait for it, as long as for a healthy fleet";
    }

    public sealed record EndFastRestore(GroupName Group) : FleetStep
    {
        public override string Key => "fast-restore-end";

        public override string Text => $"disable fast snapshot restore of what {Group}'s fleet does not have any more";
    }

    public sealed record CreateTemplate(string Name, string Image) : FleetStep
    {
        public override string Key => "template";

        public override string Text => $"create launch template {Name} with {Image}";
    }

    public sealed record AddTemplateVersion(string Name, string Image) : FleetStep
    {
        public override string Key => "template-version";

        public override string Text => $"add a version with {Image} to the launch template of {Name}";
    }

    public sealed record CreateGroup(string Name, string? Like, Capacity Capacity) : FleetStep
    {
        public override string Key => "create";

        public override string Text => Like is null
            ? $"create Auto Scaling group {Name}, empty, with its lifecycle hooks"
            : $"create Auto Scaling group {Name}, empty, with the tags, lifecycle hooks, notifications and metrics of {Like}";
    }

    public sealed record Launch(string Name, Capacity Capacity, string Suffix = "") : FleetStep
    {
        public override string Key => "launch" + Suffix;

        public override string Text => $"size {Name} to {Capacity.Desired}, and hold it there (maximum {Capacity.Max})";
    }

    public sealed record AwaitHealthy(string Name, string Suffix = "") : FleetStep
    {
        public override string Key => "healthy" + Suffix;

        public override string Text =>
            $"wait until every instance of {Name} is in service, passes its status checks and is healthy in every target group";
    }

    public sealed record MatchCapacity(string Name, string With) : FleetStep
    {
        public override string Key => "match";

        public override string Text => $"size {Name} to {With}'s desired capacity should that have grown, and wait until healthy";
    }

    public sealed record CopyScaling(string From, string To) : FleetStep
    {
        public override string Key => "scaling";

        public override string Text => $"copy scaling policies, their alarms and scheduled actions from {From} to {To}";
    }

    public sealed record KeepSick(string Name) : FleetStep
    {
        public override string Key => "keep";

        public override string Text => $"put the nodes of {Name} that are not healthy into quarantine, for a look";
    }

    /// <param name="To">The group that has the policies of the other by then.</param>
    public sealed record MoveAlarms(string From, string To) : FleetStep
    {
        public override string Key => "alarms";

        public override string Text => $"point the alarms of others that watch {From} or ring its policies at {To}";
    }

    public sealed record Mirror(string Name, string Old) : FleetStep
    {
        public override string Key => "mirror";

        public override string Text =>
            $"make a second target group beside each of {Old}'s for {Name}, and have the listeners lead to both: all to {Old} as yet";
    }

    public sealed record Pin(string Name) : FleetStep
    {
        public override string Key => "pin";

        public override string Text => $"keep {Name} from shrinking while it has fewer requests: its minimum is its size meanwhile";
    }

    /// <param name="Number">Which step of the canary it is, from 1.</param>
    public sealed record Lead(string Name, int Number, int Percent) : FleetStep
    {
        public override string Key => string.Create(CultureInfo.InvariantCulture, $"lead-{Number}");

        public override string Text => string.Create(CultureInfo.InvariantCulture, $"lead {Percent}% of the requests to {Name}");
    }

    /// <param name="Number">Which step of the canary it is, from 1.</param>
    /// <param name="Size">How many instances serve of the new group.</param>
    /// <param name="HasWeights">Whether listeners have given it its share; else it has that of its instances.</param>
    /// <param name="Checks">How many checks judge it.</param>
    public sealed record Watch(string Name, int Number, CanaryStep Step, int Size, bool HasWeights, int Checks) : FleetStep
    {
        public override string Key => string.Create(CultureInfo.InvariantCulture, $"canary-{Number}");

        public override string Text
        {
            get
            {
                var share = HasWeights
                    ? string.Create(CultureInfo.InvariantCulture, $"watch {Name} with {Step.Percent}% of the requests")
                    : string.Create(CultureInfo.InvariantCulture, $"watch {Size} of {Name} beside the old ones ({Step.Percent}%)");
                var judges = Checks switch
                {
                    0 => "",
                    1 => " and 1 check",
                    _ => string.Create(CultureInfo.InvariantCulture, $" and {Checks} checks"),
                };
                return $"{share} for {DurationText.Of(Step.Time)}, judged by its health{judges}";
            }
        }
    }

    public sealed record AwaitPromotion(GroupName Group, int Number, Watch Before) : FleetStep
    {
        public override string Key => string.Create(CultureInfo.InvariantCulture, $"approve-{Number}");

        public override string Text => $"wait for autoscale:promote {Group}, and judge on meanwhile";
    }

    public sealed record RestoreWeights : FleetStep
    {
        public override string Key => "weights";

        public override string Text => "have the listeners do again what they did";
    }

    public sealed record Unmirror(string Name) : FleetStep
    {
        public override string Key => "unmirror";

        public override string Text => $"take {Name} out of the second target groups, wait until they have drained, and delete them";
    }

    public sealed record Soak(string Name, TimeSpan Time) : FleetStep
    {
        public override string Key => "soak";

        public override string Text => $"let both groups serve for {DurationText.Of(Time)} while {Name} stays healthy";
    }

    public sealed record Hold(string Name) : FleetStep
    {
        public override string Key => "hold";

        public override string Text => $"suspend AlarmNotification and ScheduledActions of {Name}, so that it keeps its size";
    }

    /// <param name="Instead">The group whose nodes have to serve first; null where none takes over.</param>
    public sealed record Withdraw(string Name, string? Instead = null) : FleetStep
    {
        public override string Key => "withdraw";

        public override string Text => (Instead is null ? "" : $"wait until {Instead}'s nodes have announced what {Name}'s have, and ")
            + $"withdraw the services of {Name}'s nodes from the catalogue, so that others stop using them";
    }

    public sealed record Announce(string Name) : FleetStep
    {
        public override string Key => "announce";

        public override string Text => $"announce the services of {Name}'s nodes again, where they were withdrawn";
    }

    public sealed record RemoveEntries(GroupName Group) : FleetStep
    {
        public override string Key => "entries";

        public override string Text => $"remove what nodes of {Group} that are gone left in the catalogue of services";
    }

    public sealed record Detach(string Name) : FleetStep
    {
        public override string Key => "detach";

        public override string Text => $"take {Name} out of its target groups";
    }

    public sealed record AwaitDrained(string Name) : FleetStep
    {
        public override string Key => "drained";

        public override string Text => $"wait until the connections to {Name} have drained";
    }

    public sealed record RestoreMinimum(string Name, int Min) : FleetStep
    {
        public override string Key => "unpin";

        public override string Text => $"give {Name} its own minimum back";
    }

    /// <param name="IsOut">Whether anything led to it that has been taken away; else it does what it did, beside the new one.</param>
    public sealed record KeepWarm(string Name, TimeSpan Time, bool IsOut) : FleetStep
    {
        public override string Key => "warm";

        public override string Text => $"keep {Name} running{(IsOut ? ", out of service," : "")} for {DurationText.Of(Time)}";
    }

    /// <param name="IsKept">Whether it stays, for it has no balancer that would take it out of service.</param>
    public sealed record ScaleToZero(string Name, bool IsKept = false) : FleetStep
    {
        public override string Key => IsKept ? "rest" : "empty";

        public override string Text =>
            $"scale {Name} to zero{(IsKept ? ", since no balancer leads to it," : "")} and wait until it is empty";
    }

    /// <param name="Groups">For people.</param>
    public sealed record ShowNotice(string Groups) : FleetStep
    {
        public override string Key => "notice";

        public override string Text =>
            $"have the balancers answer all requests to {Groups} with the notice; what their rules did is kept";
    }

    public sealed record HideNotice : FleetStep
    {
        public override string Key => "notice-off";

        public override string Text => "take the notice away: the rules do again what they did";
    }

    public sealed record LaunchFirst(string Name) : FleetStep
    {
        public override string Key => "first";

        public override string Text => $"have at least one node of {Name}, healthy or not yet";
    }

    /// <param name="When">Its key: before, after or undo.</param>
    public sealed record RunTask(string When, string Task, string Name) : FleetStep
    {
        public override string Key => When;

        public override string Text => $"run {Task} once, on one node of {Name}";
    }

    public sealed record DeleteGroup(string Name) : FleetStep
    {
        public override string Key => "delete";

        public override string Text => $"delete Auto Scaling group {Name} (not by force) and the alarms that were copied for it";
    }

    public sealed record DeleteTemplate(string Name) : FleetStep
    {
        public override string Key => "delete-template";

        public override string Text => $"delete launch template {Name}";
    }

    public sealed record Revive(string Name, string? Other, Capacity Capacity) : FleetStep
    {
        public override string Key => "revive";

        public override string Text =>
            $"give {Name} its capacity back: {Capacity}" + (Other is null ? "" : $", or {Other}'s where that is more");
    }

    public sealed record Attach(string Name) : FleetStep
    {
        public override string Key => "attach";

        public override string Text => $"put {Name} into its target groups";
    }

    public sealed record Release(string Name) : FleetStep
    {
        public override string Key => "release";

        public override string Text => $"resume the processes of {Name} that the update suspended";
    }

    public sealed record StartRefresh(string Name, string Image) : FleetStep
    {
        public override string Key => "refresh";

        public override string Text =>
            $"start an instance refresh of {Name} to {Image}, launching before terminating, with checkpoints and rollback";
    }

    public sealed record AwaitRefresh(string Name) : FleetStep
    {
        public override string Key => "refreshed";

        public override string Text => $"wait until the instance refresh of {Name} has replaced every instance";
    }

    public sealed record RollBackRefresh(string Name) : FleetStep
    {
        public override string Key => "refresh-back";

        public override string Text => $"roll the instance refresh of {Name} back and wait until it has";
    }

    public sealed record Label(string Name, string Image) : FleetStep
    {
        public override string Key => "label";

        public override string Text => $"note {Image} in the tags of {Name}";
    }

    public sealed record Close(GroupName Group) : FleetStep
    {
        public override string Key => "close";

        public override string Text => $"close the journal of {Group} and release the lock";
    }
}

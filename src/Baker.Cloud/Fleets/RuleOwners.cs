using System.Globalization;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets;

/// <summary>
/// Keeps two groups from changing one rule at the same time: each would write down what the other has put there, and give that back when
/// the other is long through, to target groups that are gone.
/// </summary>
internal sealed class RuleOwners(FleetContext context)
{
    /// <param name="listeners">All that lead to <paramref name="ours"/>.</param>
    /// <param name="ours">Target groups (ARNs): what leads there is to be changed.</param>
    /// <param name="own">The notice of the group itself; null where it has none.</param>
    /// <exception cref="BakerException">A canary or a notice of another group has one of those rules.</exception>
    public async Task RefuseOthersAsync(
        GroupName group,
        IReadOnlyList<ListenerView> listeners,
        IReadOnlySet<string> ours,
        NoticeRecord? own,
        CancellationToken stop)
    {
        foreach (var view in listeners)
        {
            foreach (var rule in view.Rules.Where(rule => ListenerRules.LeadsTo(rule, ours) && !ListenerRules.IsForNobody(rule)))
            {
                await RefuseCanaryAsync(group, view, rule, stop).ConfigureAwait(false);
            }

            foreach (var keeper in view.Rules.Where(rule => ListenerRules.IsForNobody(rule) && !IsOf(own, view, rule)))
            {
                await RefuseNoticeAsync(group, view, keeper, ours, stop).ConfigureAwait(false);
            }
        }
    }

    /// <exception cref="BakerException">Two of the groups would have their notices at one rule.</exception>
    public static void RefuseShared(IReadOnlyList<(string Group, NoticeRecord Notice)> notices)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (group, notice) in notices)
        {
            foreach (var place in notice.Places)
            {
                if (!seen.TryAdd(place.Arn, group))
                {
                    throw new BakerException(
                        ExitCode.BadInput,
                        $"{Capital(place.Name)} leads to {seen[place.Arn]} and to {group}: it can have the notice of one of them only.",
                        $"Put it on {seen[place.Arn]} alone where its rules are all that {group} has, "
                            + "or give each of them rules of its own.");
                }
            }
        }
    }

    private async Task RefuseCanaryAsync(GroupName group, ListenerView view, Rule rule, CancellationToken stop)
    {
        foreach (var arn in ListenerRules.TargetGroupsOf(rule).Where(FleetNames.IsMirror))
        {
            // Somebody else's may be called like that.
            if (await OwnerAsync(arn, stop).ConfigureAwait(false) is { } owner && !IsSame(owner, group))
            {
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"{Capital(ListenerRules.NameOf(rule, view))} leads to {group} and has the weights of a canary of {Words(owner)}, "
                        + $"by the target group {ArnText.Name(arn)}.",
                    $"Finish that first with autoscale:update {owner.Group}, or take it back with autoscale:rollback {owner.Group}.");
            }
        }
    }

    private async Task RefuseNoticeAsync(
        GroupName group,
        ListenerView view,
        Rule keeper,
        IReadOnlySet<string> ours,
        CancellationToken stop)
    {
        if (await OwnerAsync(keeper.RuleArn, stop).ConfigureAwait(false) is not { } owner || IsSame(owner, group))
        {
            return;
        }

        NoticeRecord? notice = null;
        if (context.Scope.Has(owner.Environment) && GroupName.IsOne(owner.Group))
        {
            notice = await new NoticeStore(context).ReadAsync(GroupName.Parse(owner.Group), stop).ConfigureAwait(false);
            if (notice is null)
            {
                return; // it is over, and its rule was left by somebody else
            }
        }

        // The notice may have requests answered by one of our target groups: then its rules lead there, and its keeper does not.
        if (ListenerRules.LeadsTo(keeper, ours)
            || view.Rules.Exists(rule => ListenerRules.LeadsTo(rule, ours)
                && (notice?.Places.Any(place => place.Arn == ListenerRules.ArnOf(rule, view.Listener)) ?? false)))
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A notice is on before {Words(owner)}, at a rule of {view.Balancer.LoadBalancerName}:{view.Listener.Port} that ")
                    + $"{group} is behind too.",
                $"Take it away first: {context.Suggested.Package($"maintenance:off {owner.Group}")}");
        }
    }

    private bool IsSame((string Group, string? Environment) owner, GroupName group) =>
        owner.Group == group && context.Scope.Has(owner.Environment);

    private string Words((string Group, string? Environment) owner) =>
        context.Scope.Has(owner.Environment) ? owner.Group : $"{owner.Group} ({owner.Environment ?? "in no environment"})";

    private static bool IsOf(NoticeRecord? own, ListenerView view, Rule keeper) => own is not null && own.Keepers.Any(each =>
        each.Listener == view.Listener.ListenerArn
        && each.Priority.ToString(CultureInfo.InvariantCulture) == keeper.Priority);

    /// <summary>The node group that Baker has made it for; null where Baker has not, or it is gone.</summary>
    private async Task<(string Group, string? Environment)?> OwnerAsync(string arn, CancellationToken stop)
    {
        try
        {
            var reply = await context.Pacer.SendAsync(
                context.Clients.ELBv2.DescribeTagsAsync,
                new DescribeTagsRequest { ResourceArns = [arn] },
                stop).ConfigureAwait(false);
            var tags = (reply.TagDescriptions ?? []).SelectMany(each => each.Tags ?? []).ToLookup(tag => tag.Key, tag => tag.Value);
            return tags[BakerTags.Group].FirstOrDefault() is { } group ? (group, tags[BakerTags.Environment].FirstOrDefault()) : null;
        }
        catch (Exception error) when (error is TargetGroupNotFoundException or RuleNotFoundException)
        {
            return null;
        }
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}

using Baker.Cloud.Changes;
using Baker.Core.Discovery;

namespace Baker.Cloud.Discovery;

/// <summary>Withdraws services where they serve, and removes the entries of nodes that are dead.</summary>
/// <param name="subject">The service, or the group whose services they are.</param>
/// <param name="whyNoMore">Why all of the entries are removed; null where those that live are only withdrawn.</param>
public sealed class ServiceWithdrawal(
    string subject,
    IReadOnlyList<(AnnouncedService Announced, IServiceCatalog Catalog)> all,
    string? whyNoMore = null) : Operation<ServiceStep>
{
    public override string Subject => subject;

    public override Task<IReadOnlyList<ServiceStep>> PlanAsync(CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<ServiceStep>>([.. all.Select(each => StepFor(each.Announced)).OfType<ServiceStep>()]);

    public override async Task DoAsync(ServiceStep step, CancellationToken stop)
    {
        switch (step)
        {
            case ServiceStep.Withdraw one:
                await CatalogOf(one.Instance, one.Region).WithdrawAsync(one.Service, one.Instance, stop).ConfigureAwait(false);
                break;
            case ServiceStep.Remove one:
                await CatalogOf(one.Instance, one.Region).RemoveAsync(one.Service, one.Instance, stop).ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException(step.ToString());
        }
    }

    private ServiceStep? StepFor(AnnouncedService announced) => announced switch
    {
        { Health: { IsDead: true } health, Entry: var entry } =>
            new ServiceStep.Remove(entry.Service, entry.Instance, announced.Region, health.Reason!),
        { Entry: var entry } when whyNoMore is not null =>
            new ServiceStep.Remove(entry.Service, entry.Instance, announced.Region, whyNoMore),
        { Entry: { State: ServiceState.Serving } entry } => new ServiceStep.Withdraw(entry.Service, entry.Instance, announced.Region),
        _ => null,
    };

    private IServiceCatalog CatalogOf(string instance, string region) =>
        all.First(each => each.Announced.Entry.Instance == instance && each.Announced.Region == region).Catalog;
}

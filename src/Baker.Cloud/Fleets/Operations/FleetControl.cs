using Baker.Cloud.Changes;
using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Operations;

/// <summary>A small change to a fleet, which is refused while a greater one is under way.</summary>
/// <param name="plan">What is to be done; null where it is so already.</param>
public sealed class FleetControl(
    FleetControls controls,
    GroupName group,
    Func<CancellationToken, Task<ControlStep?>> plan) : Operation<ControlStep>
{
    public override string Subject => group;

    public override async Task<IReadOnlyList<ControlStep>> PlanAsync(CancellationToken stop) =>
        await plan(stop).ConfigureAwait(false) is { } step ? [step] : [];

    public override Task DoAsync(ControlStep step, CancellationToken stop) => step switch
    {
        ControlStep.Resize resize => controls.ScaleAsync(resize, stop),
        ControlStep.Suspend suspend => controls.SuspendAsync(suspend.Name, suspend.Processes, stop),
        ControlStep.Resume resume => controls.ResumeAsync(resume.Name, resume.Processes, stop),
        ControlStep.Say say => controls.SayAsync(group, say.Word, stop),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };
}

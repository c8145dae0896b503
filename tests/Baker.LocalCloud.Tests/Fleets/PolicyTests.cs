using Amazon.AutoScaling;
using Amazon.AutoScaling.Model;

namespace Baker.LocalCloud.Tests.Fleets;

public sealed class PolicyTests
{
    private static readonly PutScalingPolicyRequest[] s_refused =
    [
        new() { PolicyType = "StepScaling", AdjustmentType = "ChangeInCapacity", StepAdjustments = [new() { MetricIntervalLowerBound = double.NaN, ScalingAdjustment = 1 }] },
        Steps((-10, 0)),
        Steps((0, 10), (10, 20)),
        Steps((null, 0), (10, null)),
        Steps((0, null), (null, null)),
        new()
        {
            PolicyType = "TargetTrackingScaling",
            TargetTrackingConfiguration = new()
            {
                PredefinedMetricSpecification = new() { PredefinedMetricType = MetricType.ASGAverageCPUUtilization },
                TargetValue = double.PositiveInfinity,
            },
        },
    ];

    [TestCaseSource(nameof(s_refused))]
    public async Task Policy_ThatCannotBe_IsAValidationError(PutScalingPolicyRequest policy)
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await cloud.CreateAsync("web", await cloud.TemplateAsync(), 0);
        (policy.AutoScalingGroupName, policy.PolicyName) = ("web", "policy");

        var refused = (await Assert.ThrowsAsync<AmazonAutoScalingException>(() => cloud.Groups.PutScalingPolicyAsync(policy)))!;

        Assert.That(refused.ErrorCode, Is.EqualTo("ValidationError"));
    }

    private static PutScalingPolicyRequest Steps(params (double? From, double? To)[] steps) => new()
    {
        PolicyType = "StepScaling",
        AdjustmentType = "ChangeInCapacity",
        StepAdjustments = [.. steps.Select(step => new StepAdjustment { MetricIntervalLowerBound = step.From, MetricIntervalUpperBound = step.To, ScalingAdjustment = 1 })],
    };
}

namespace Baker.Core.Manifest;

/// <summary>The rules of <c>autoscale</c>: <c>false</c>, or an object that describes the group's fleet.</summary>
internal static class AutoscaleChecks
{
    public static ValueCheck Autoscale(ValueCheck zone, ValueCheck subnet, ValueCheck instanceType)
    {
        var size = ScalingChecks.Size;
        var types = Checks.ListOf(instanceType);
        var mixed = Checks.Fields(1, ("types", types), ("spot_share", Checks.Integer(0, 100)), ("on_demand_base", size));
        var instanceTypes =
            new ValueCheck("a list of instance types, or an object with \"types\" and \"spot_share\"", "", (context, path, value) =>
                (value.Kind == ValueKind.Array ? types : mixed).Run(context, path, value));
        var hook = Checks.Fields(
            2,
            ("name", Checks.Text),
            (
                "transition",
                Checks.OneOf("launching", "terminating", "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING")),
            ("timeout", Checks.Integer(30, 7200)),
            ("default_result", Checks.OneOf("CONTINUE", "ABANDON")),
            ("notification_target", Checks.Text),
            ("role_arn", Checks.Text),
            ("metadata", Checks.Text));
        var fleet = Checks.Fields(
            0,
            ("node_min", size),
            ("node_max", size),
            ("node_desired", size),
            ("timeout", Checks.Integer(0, 7 * 24 * 3600)),
            ("zones", Checks.ListOf(zone)),
            ("subnets", Checks.ListOf(subnet)),
            ("target_groups", Checks.ListOf(Checks.Text)),
            ("health_check", Checks.Fields(0, ("type", Checks.OneOf("ec2", "elb")), ("grace", Checks.Integer(0, 7200)))),
            ("lifecycle_hooks", Checks.ListOf(hook)),
            ("instance_types", instanceTypes),
            ("termination_policies", Checks.ListOf(Checks.OneOf(
                "Default",
                "OldestInstance",
                "NewestInstance",
                "OldestLaunchConfiguration",
                "OldestLaunchTemplate",
                "ClosestToNextInstanceHour",
                "AllocationStrategy"))),
            ("warmup", Checks.Integer(0, 3600)),
            ("policies", ScalingChecks.Policies),
            ("schedules", ScheduleChecks.Schedules),
            ("warm_pool", ScalingChecks.WarmPool),
            ("canary", CanaryChecks.Canary));
        return new("false or an object", "", (context, path, value) =>
        {
            if (value.Kind == ValueKind.Object)
            {
                fleet.Run(context, path, value);
            }
            else if (value.Kind != ValueKind.False)
            {
                context.WrongType(path, value, "false or an object");
            }
        });
    }
}

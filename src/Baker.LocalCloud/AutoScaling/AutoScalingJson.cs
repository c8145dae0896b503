using System.Text.Json.Serialization;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Protocol;
using Baker.Sdk.Wire.Generated;

namespace Baker.LocalCloud.AutoScaling;

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(TemplateConverter), typeof(MixedConverter), typeof(MaintenanceConverter), typeof(PolicyConverter), typeof(ScheduleConverter),
        typeof(NotificationConverter), typeof(PreferencesConverter), typeof(DesiredConverter),
    ])]
[JsonSerializable(typeof(GroupRecord))]
[JsonSerializable(typeof(MemberRecord))]
[JsonSerializable(typeof(ActivityRecord))]
[JsonSerializable(typeof(RefreshRecord))]
internal sealed partial class AutoScalingJson : JsonSerializerContext;

internal sealed class TemplateConverter() : WireConverter<LaunchTemplateSpecification>(AutoScalingWire.OnLaunchTemplateSpecification);

internal sealed class MixedConverter() : WireConverter<MixedInstancesPolicy>(AutoScalingWire.OnMixedInstancesPolicy);

internal sealed class MaintenanceConverter() : WireConverter<InstanceMaintenancePolicy>(AutoScalingWire.OnInstanceMaintenancePolicy);

internal sealed class PolicyConverter() : WireConverter<ScalingPolicy>(AutoScalingWire.OnScalingPolicy);

internal sealed class ScheduleConverter() : WireConverter<ScheduledUpdateGroupAction>(AutoScalingWire.OnScheduledUpdateGroupAction);

internal sealed class NotificationConverter() : WireConverter<NotificationConfiguration>(AutoScalingWire.OnNotificationConfiguration);

internal sealed class PreferencesConverter() : WireConverter<RefreshPreferences>(AutoScalingWire.OnRefreshPreferences);

internal sealed class DesiredConverter() : WireConverter<DesiredConfiguration>(AutoScalingWire.OnDesiredConfiguration);

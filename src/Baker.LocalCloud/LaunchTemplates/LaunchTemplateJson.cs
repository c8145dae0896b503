using System.Text.Json.Serialization;
using Amazon.EC2.Model;
using Baker.LocalCloud.Protocol;
using Baker.Sdk.Wire.Generated;

namespace Baker.LocalCloud.LaunchTemplates;

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(LaunchTemplateDataConverter)])]
[JsonSerializable(typeof(LaunchTemplateRecord))]
internal sealed partial class LaunchTemplateJson : JsonSerializerContext;

/// <summary>Keeps a version's data.</summary>
internal sealed class LaunchTemplateDataConverter() : WireConverter<RequestLaunchTemplateData>(EC2Wire.OnRequestLaunchTemplateData);

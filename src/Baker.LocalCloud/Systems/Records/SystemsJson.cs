using System.Text.Json.Serialization;

namespace Baker.LocalCloud.Systems.Records;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CommandRecord))]
[JsonSerializable(typeof(InvocationRecord))]
[JsonSerializable(typeof(ParameterRecord))]
internal sealed partial class SystemsJson : JsonSerializerContext;

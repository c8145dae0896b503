using System.Text.Json.Serialization;
using Baker.LocalCloud.Systems.Commands;
using Baker.LocalCloud.Systems.Parameters;

namespace Baker.LocalCloud.Systems;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CommandRecord))]
[JsonSerializable(typeof(InvocationRecord))]
[JsonSerializable(typeof(ParameterRecord))]
internal sealed partial class SystemsJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Baker.LocalCloud.Storage;

[JsonSerializable(typeof(LockHolder))]
internal sealed partial class StorageJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Tests.Storage;

public sealed record Note(string Id, string Text) : IResource;

[JsonSerializable(typeof(Note))]
internal sealed partial class NoteJson : JsonSerializerContext;

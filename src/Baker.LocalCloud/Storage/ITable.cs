using System.Text.Json;

namespace Baker.LocalCloud.Storage;

/// <summary>What the store needs of a table without knowing the type of its resources.</summary>
internal interface ITable
{
    string Name { get; }

    IEnumerable<string> Ids { get; }

    void WriteValue(Utf8JsonWriter writer, string id);
}

using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Merging;

/// <summary>What was merged as Newtonsoft tokens.</summary>
public static class MergedTokens
{
    public static JToken Of(MergedAttribute attribute)
    {
        if (!attribute.IsMerged)
        {
            return JsonTokens.Of(attribute.Winner);
        }

        if (attribute.Kind == ValueKind.Array)
        {
            var array = new JArray();
            foreach (var item in attribute.Items)
            {
                array.Add(JsonTokens.Of(item.Value));
            }

            return array;
        }

        var result = new JObject();
        foreach (var property in attribute.Properties)
        {
            result.Add(property.Name.Text, JsonTokens.Of(property.Value));
        }

        return result;
    }

    public static JObject Of(MergedGroup group)
    {
        var result = new JObject();
        foreach (var attribute in group.Attributes)
        {
            result.Add(attribute.Name.Text, Of(attribute));
        }

        return result;
    }
}

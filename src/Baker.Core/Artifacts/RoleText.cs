using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>Compiles a group's Chef role: <c>roles/&lt;group&gt;.json</c>, in Chef's own JSON form.</summary>
public static class RoleText
{
    public static void Write(MergedGroup group, ArtifactBuffer json)
    {
        json.Append("{\n    \"name\": \""u8);
        json.Append(RoleName.Of(group.Name));
        json.Append("\",\n    \"chef_type\": \"role\",\n    \"json_class\": \"Chef::Role\",\n    \"description\": "u8);
        if (group.Find("description"u8) is { } description)
        {
            JsonText.Append(json, description.Winner, 1);
        }
        else
        {
            json.Append("\"\""u8);
        }

        json.Append(",\n    \"override_attributes\": "u8);
        AppendObject(json, group.Find("override_attributes"u8));
        json.Append(",\n    \"default_attributes\": "u8);
        AppendObject(json, group.Find("default_attributes"u8));
        json.Append(",\n    \"run_list\": "u8);
        var items = new JsonText.Sequence(json, '[', ']', 1);
        AppendItems(json, ref items, group.Find("run_list"u8));
        AppendItems(json, ref items, group.Find("post_run_list"u8));
        items.End();
        json.Append("\n}\n"u8);
    }

    private static void AppendObject(ArtifactBuffer json, MergedAttribute? found)
    {
        if (found is not { } attribute)
        {
            json.Append("{}"u8);
            return;
        }

        JsonText.Append(json, attribute, 1);
    }

    private static void AppendItems(ArtifactBuffer json, ref JsonText.Sequence items, MergedAttribute? found)
    {
        if (found is not { } attribute)
        {
            return;
        }

        foreach (var item in attribute.Items)
        {
            items.Next();
            JsonText.Append(json, item.Value, 2);
        }
    }
}

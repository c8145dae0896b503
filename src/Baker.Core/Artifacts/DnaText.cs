using Baker.Core.Manifest;

namespace Baker.Core.Artifacts;

/// <summary>The DNA files, the JSON attributes that <c>chef-solo -j</c> starts from. Group names need no escaping.</summary>
public static class DnaText
{
    /// <summary><c>dna/asg/&lt;group&gt;.json</c>: what every instance of the group's fleet runs.</summary>
    public static string OfFleet(GroupName group) => Of(group, group);

    /// <summary><c>dna/&lt;group&gt;-&lt;instance-id&gt;.json</c>: what one instance outside any fleet runs.</summary>
    public static string OfInstance(GroupName group, string instanceId) => Of($"{group}-{instanceId}", group);

    private static string Of(string id, GroupName group) =>
        $$"""
        {
            "id": "{{id}}",
            "run_list": [
                "role[{{RoleName.Of(group)}}]"
            ]
        }

        """.ReplaceLineEndings("\n");
}

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Regions and zones: every region has the zones a to f that us-east-1 has.</summary>
internal static class Places
{
    public static IReadOnlyList<string> Regions { get; } =
    [
        "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
        "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
    ];

    public static IReadOnlyList<string> ZonesOf(string region) =>
        [.. (region == "us-east-1" ? "abcdef" : "abc").Select(letter => region + letter)];

    public static int NumberOf(string zone) => zone[^1] - 'a' + 1;

    /// <summary>The id that means the same place in every account, such as <c>use1-az1</c>.</summary>
    public static string ZoneIdOf(string zone)
    {
        var parts = zone[..^1].Split('-');
        var direction = parts[1] switch
        {
            "northeast" => "ne",
            "southeast" => "se",
            "northwest" => "nw",
            "southwest" => "sw",
            var word => word[..1],
        };
        return $"{parts[0]}{direction}{parts[2]}-az{NumberOf(zone)}";
    }
}

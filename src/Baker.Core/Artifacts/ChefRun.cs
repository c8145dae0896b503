namespace Baker.Core.Artifacts;

/// <summary>The shell lines that apply a run list on an instance with the <c>chef-solo</c> that is on it, in a folder that holds
/// <c>roles/</c>, <c>dna.json</c> and, where the project has them, <c>cookbooks/</c> and <c>data_bags/</c>.</summary>
public static class ChefRun
{
    /// <summary>Where the secret of encrypted data bags is while Chef runs: in memory, of which no snapshot is made.</summary>
    public const string SecretFile = "/dev/shm/baker-data-bag-secret";

    internal const string Command = "chef-solo --no-color --config \"$PWD/solo.rb\" --json-attributes \"$PWD/dna.json\"";

    /// <summary>Ends with exit code 127 where Chef is missing: nothing is installed here.</summary>
    internal static IReadOnlyList<string> Prepare(BakeInput input) =>
    [
        "if ! command -v chef-solo >/dev/null; then",
        "    echo \"==> chef-solo is not on this image; install Chef in a provision script, or use a source image that has it\"",
        "    exit 127",
        "fi",
        "cat > solo.rb <<RUBY",
        "file_cache_path \"$PWD/cache\"",
        $"cookbook_path [\"/var/chef/cookbooks\"{(input.Cookbooks.IsEmpty ? "" : ", \"$PWD/cookbooks\"")}]",
        "role_path \"$PWD/roles\"",
        .. input.DataBags.IsEmpty ? [] : new[] { "data_bag_path \"$PWD/data_bags\"" }, // else Chef takes what the image may have
        .. input.Group.Environment is { } environment
            ? new[] { "environment_path \"$PWD/environments\"", $"environment \"{environment.ChefName}\"" }
            : [],
        .. input.DataBagSecret.IsEmpty ? [] : new[] { $"encrypted_data_bag_secret \"{SecretFile}\"" },
        "RUBY",
    ];
}

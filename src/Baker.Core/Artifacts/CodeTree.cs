using Baker.Core.Merging;

namespace Baker.Core.Artifacts;

/// <summary>A source tree at one commit.</summary>
/// <param name="Archive">The tree, fetched when an instance needs it.</param>
public sealed record CodeTree(CodeSource Source, string Commit, Lazy<CodeArchive> Archive)
{
    /// <summary>What an image is tagged with: EC2 takes 256 characters.</summary>
    public KeyValuePair<string, string> Tag
    {
        get
        {
            var text = $"{Commit} {Source.Wanted} {Source.Repository}";
            return new(CodeTag.Prefix + Source.Path, text.Length > 256 ? text[..256] : text);
        }
    }
}

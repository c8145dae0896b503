using Baker.Core;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

internal static class ForeignName
{
    /// <summary>The name of what is to be made belongs to something that Baker did not make.</summary>
    public static BakerException Taken(Resource resource) => new(
        ExitCode.CloudFailed,
        $"There is a {ResourceWords.Key(resource.Kind).Replace('-', ' ')} {resource.Name} already, which Baker did not make here.",
        "Give yours another \"name\" in the manifest, or remove that one.");
}

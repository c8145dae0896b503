using Amazon.EC2.Model;
using Amazon.ElasticLoadBalancingV2.Model;
using Amazon.SimpleNotificationService.Model;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>The tags of what is made around the fleets.</summary>
internal static class EnvironmentTags
{
    /// <summary>What it is: environment, kind and key, with slashes between.</summary>
    public const string Resource = "baker:resource";

    /// <summary>Gives something that was found the tags again that it should have.</summary>
    public static Task PutAsync(EnvironmentScope scope, Core.Resources.Resource found, CancellationToken stop)
    {
        var tags = scope.Tags(found).Where(tag => tag.Key != BakerTags.Run).ToList();
        return found.Kind switch
        {
            ResourceKind.SecurityGroup => scope.Context.Pacer.SendAsync(
                scope.Clients.EC2.CreateTagsAsync,
                new CreateTagsRequest
                {
                    Resources = [found.Id],
                    Tags = tags.ConvertAll(tag => new Amazon.EC2.Model.Tag { Key = tag.Key, Value = tag.Value }),
                },
                stop),
            ResourceKind.Topic => scope.Context.Pacer.SendAsync(
                scope.Clients.SNS.TagResourceAsync,
                new TagResourceRequest
                {
                    ResourceArn = found.Id,
                    Tags = tags.ConvertAll(tag => new Amazon.SimpleNotificationService.Model.Tag { Key = tag.Key, Value = tag.Value }),
                },
                stop),
            _ => scope.Context.Pacer.SendAsync(
                scope.Clients.ELBv2.AddTagsAsync,
                new AddTagsRequest
                {
                    ResourceArns = [found.Id],
                    Tags = tags.ConvertAll(tag => new Amazon.ElasticLoadBalancingV2.Model.Tag { Key = tag.Key, Value = tag.Value }),
                },
                stop),
        };
    }
}

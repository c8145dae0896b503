using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using Baker.Core.Resources;

namespace Baker.Cloud.Environments;

/// <summary>Topics and their subscriptions.</summary>
internal sealed class TopicWork : IResourceWork
{
    public bool IsOf(ResourceKind kind) => kind is ResourceKind.Topic or ResourceKind.Subscription;

    public async Task ObserveAsync(EnvironmentScope scope, CancellationToken stop)
    {
        var wanted = scope.Desired.Where(each => each.Kind == ResourceKind.Topic).ToDictionary(each => each.Name, StringComparer.Ordinal);
        var arns = new List<string>();
        var request = new ListTopicsRequest();
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.SNS.ListTopicsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            arns.AddRange((page.Topics ?? []).Select(topic => topic.TopicArn));
        }

        foreach (var arn in arns.Where(arn => scope.Environment is null
            || wanted.ContainsKey(NameOf(arn))
            || NameOf(arn).StartsWith(scope.Environment + "-", StringComparison.Ordinal)))
        {
            await ObserveAsync(scope, arn, stop).ConfigureAwait(false);
        }

        Obstacles.Names(scope, ResourceKind.Topic, arns.Select(NameOf));
    }

    public async Task CreateAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        if (resource.Kind == ResourceKind.Subscription)
        {
            var topic = scope.Find($"topic:{resource.Parent}")!;
            await scope.Context.Pacer.SendAsync(
                scope.Clients.SNS.SubscribeAsync,
                new SubscribeRequest { TopicArn = topic, Protocol = resource["protocol"], Endpoint = resource["endpoint"] },
                stop).ConfigureAwait(false);
            if (resource["protocol"] == "email")
            {
                scope.Context.Say($"  {resource["endpoint"]} is asked by e-mail to confirm");
            }

            return;
        }

        var request = new CreateTopicRequest
        {
            Name = resource.Name,
            Tags = [.. scope.Tags(resource).Select(tag => new Tag { Key = tag.Key, Value = tag.Value })],
        };
        if (resource["display_name"].Length > 0)
        {
            request.Attributes = new Dictionary<string, string> { ["DisplayName"] = resource["display_name"] };
        }

        try
        {
            var reply = await scope.Context.Pacer.SendAsync(scope.Clients.SNS.CreateTopicAsync, request, stop).ConfigureAwait(false);
            scope.Know($"topic:{resource.Key}", reply.TopicArn);
        }
        catch (InvalidParameterException error) when (error.Message.Contains("already exists", StringComparison.OrdinalIgnoreCase))
        {
            throw ForeignName.Taken(resource);
        }
    }

    public Task ChangeAsync(EnvironmentScope scope, Resource found, Resource resource, CancellationToken stop) =>
        scope.Context.Pacer.SendAsync(
            scope.Clients.SNS.SetTopicAttributesAsync,
            new SetTopicAttributesRequest
            {
                TopicArn = found.Id,
                AttributeName = "DisplayName",
                AttributeValue = resource["display_name"],
            },
            stop);

    public async Task RemoveAsync(EnvironmentScope scope, Resource resource, CancellationToken stop)
    {
        try
        {
            if (resource.Kind == ResourceKind.Subscription)
            {
                await scope.Context.Pacer.SendAsync(
                    scope.Clients.SNS.UnsubscribeAsync,
                    new UnsubscribeRequest { SubscriptionArn = resource.Id },
                    stop).ConfigureAwait(false);
                return;
            }

            await scope.Context.Pacer.SendAsync(
                scope.Clients.SNS.DeleteTopicAsync,
                new DeleteTopicRequest { TopicArn = resource.Id },
                stop).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            // Gone by a call whose reply was lost.
        }
    }

    private static string NameOf(string arn) => arn[(arn.LastIndexOf(':') + 1)..];

    private static async Task ObserveAsync(EnvironmentScope scope, string arn, CancellationToken stop)
    {
        string? key;
        List<Tag> tags;
        try
        {
            var reply = await scope.Context.Pacer.SendAsync(
                scope.Clients.SNS.ListTagsForResourceAsync,
                new ListTagsForResourceRequest { ResourceArn = arn },
                stop).ConfigureAwait(false);
            tags = reply.Tags ?? [];
            key = scope.KeyOf(ResourceKind.Topic, tags.Find(tag => tag.Key == EnvironmentTags.Resource)?.Value);
        }
        catch (ResourceNotFoundException)
        {
            return; // deleted since it was listed
        }

        if (key is null)
        {
            return;
        }

        scope.Know($"topic:{key}", arn);
        var attributes = await scope.Context.Pacer.SendAsync(
            scope.Clients.SNS.GetTopicAttributesAsync,
            new GetTopicAttributesRequest { TopicArn = arn },
            stop).ConfigureAwait(false);
        var there = new Resource(ResourceKind.Topic, key, scope.Region, NameOf(arn))
        {
            Id = arn,
            Values = Resource.Empty.SetItem("display_name", attributes.Attributes?.GetValueOrDefault("DisplayName") ?? ""),
        };
        scope.Found.Add(scope.Tagged(there, tags.Select(tag => KeyValuePair.Create(tag.Key, tag.Value ?? ""))));
        var request = new ListSubscriptionsByTopicRequest { TopicArn = arn };
        var pages = scope.Context.Pacer.PagesAsync(
            scope.Clients.SNS.ListSubscriptionsByTopicAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var subscription in page.Subscriptions ?? [])
            {
                var found = new Resource(
                    ResourceKind.Subscription,
                    $"{key}/{subscription.Protocol}/{subscription.Endpoint}",
                    scope.Region,
                    $"{subscription.Protocol} subscription of {subscription.Endpoint} to {NameOf(arn)}")
                {
                    Id = subscription.SubscriptionArn ?? "",
                    Parent = key,
                };

                // One that nobody has confirmed has no ARN to end it by, and ends by itself after three days.
                if (found.Id.StartsWith("arn:", StringComparison.Ordinal) || scope.Desired.Any(each => each.Key == found.Key))
                {
                    scope.Found.Add(found);
                }
            }
        }
    }
}

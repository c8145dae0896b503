using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Amazon.SimpleNotificationService.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Notifications;

/// <summary>SNS's subscriptions.</summary>
internal sealed class SubscriptionActions(TopicTables tables, Publisher publisher)
{
    private const int Page = 100;
    private const int TokenBytes = 32;

    private static readonly string[] s_protocols =
        ["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"];
    private static readonly string[] s_attributes =
        ["DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "SubscriptionRoleArn"];

    public void Register(Router router)
    {
        const string Name = NotificationService.Name;
        router.Handle<SubscribeRequest, SubscribeResponse>(Name, Subscribe);
        router.Handle<ConfirmSubscriptionRequest, ConfirmSubscriptionResponse>(Name, Confirm);
        router.Handle<UnsubscribeRequest, UnsubscribeResponse>(Name, Unsubscribe);
        router.Handle<GetSubscriptionAttributesRequest, GetSubscriptionAttributesResponse>(Name, (call, request) =>
            new() { Attributes = Show(call, tables.Subscription(call, request.SubscriptionArn)) });
        router.Handle<SetSubscriptionAttributesRequest, SetSubscriptionAttributesResponse>(Name, (call, request) =>
        {
            var found = tables.Subscription(call, request.SubscriptionArn);
            var attributes = Set(found.Protocol, found.Attributes, request.AttributeName, request.AttributeValue);
            tables.Subscriptions.Put(found with { Attributes = attributes });
            return new();
        });
        router.Handle<ListSubscriptionsRequest, ListSubscriptionsResponse>(Name, (call, request) =>
        {
            var (items, next) = Paged(call, _ => true, request.NextToken);
            return new() { Subscriptions = items, NextToken = next };
        });
        router.Handle<ListSubscriptionsByTopicRequest, ListSubscriptionsByTopicResponse>(Name, (call, request) =>
        {
            var topic = tables.Topic(call, request.TopicArn);
            var (items, next) = Paged(call, each => each.TopicArn == topic.Id, request.NextToken);
            return new() { Subscriptions = items, NextToken = next };
        });
    }

    private SubscribeResponse Subscribe(Call call, SubscribeRequest request)
    {
        var topic = tables.Topic(call, request.TopicArn);
        var (protocol, endpoint) = (request.Protocol ?? "", request.Endpoint ?? "");
        CheckEndpoint(topic, protocol, endpoint);
        var attributes = ImmutableSortedDictionary<string, string>.Empty;
        foreach (var (name, value) in request.Attributes ?? [])
        {
            attributes = Set(protocol, attributes, name, value);
        }

        if (tables.SubscriptionsByTopic[topic.Id]
            .FirstOrDefault(each => each.Protocol == protocol && each.Endpoint == endpoint) is { } before)
        {
            if (request.Attributes is { Count: > 0 } && !attributes.SequenceEqual(before.Attributes))
            {
                throw TopicTables.Invalid("Attributes", "Subscription already exists with different attributes");
            }

            if (before.IsPending)
            {
                publisher.AskToConfirm(before, call.Now);
            }

            return Answer(before, request);
        }

        var subscription = new SubscriptionRecord
        {
            Id = $"{topic.Id}:{Guid.NewGuid()}",
            TopicArn = topic.Id,
            Protocol = protocol,
            Endpoint = endpoint,
            Attributes = attributes,
            Token = protocol is "http" or "https" or "email" or "email-json"
                ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes))
                : null,
            Silence = SilenceOf(protocol, endpoint),
        };
        tables.Subscriptions.Put(subscription);
        if (subscription.IsPending)
        {
            publisher.AskToConfirm(subscription, call.Now);
        }

        return Answer(subscription, request);
    }

    private ConfirmSubscriptionResponse Confirm(Call call, ConfirmSubscriptionRequest request)
    {
        var topic = tables.Topic(call, request.TopicArn);

        // A token confirms as often as it is shown, as a link that is opened twice does.
        var found = tables.SubscriptionsByTopic[topic.Id].FirstOrDefault(each =>
            each.Token is not null && each.Token == request.Token) ?? throw TopicTables.Invalid("Token");
        if (found.IsPending)
        {
            found = found with
            {
                IsConfirmed = true,
                NeedsAuthentication = request.AuthenticateOnUnsubscribe == "true",
            };
            tables.Subscriptions.Put(found);
        }

        return new ConfirmSubscriptionResponse { SubscriptionArn = found.Id };
    }

    private UnsubscribeResponse Unsubscribe(Call call, UnsubscribeRequest request)
    {
        if (request.SubscriptionArn?.Split(':') is not ["arn", _, "sns", _, _, _, _])
        {
            throw TopicTables.Invalid("SubscriptionArn", "An ARN must have at least 7 elements, not PendingConfirmation");
        }

        // Ending what is not there succeeds.
        if (tables.Subscriptions.Find(request.SubscriptionArn) is { } found)
        {
            if (found.NeedsAuthentication && call.AccessKeyId == TopicLinks.Anybody)
            {
                throw new CloudException("AuthorizationError", "This subscription can be ended by a signed request only", 403);
            }

            tables.Subscriptions.Remove(found.Id);
            if (tables.Topics.Find(found.TopicArn) is { } topic)
            {
                tables.Topics.Put(topic with { Deleted = topic.Deleted + 1 });
            }
        }

        return new UnsubscribeResponse();
    }

    private (List<Subscription> Items, string? Next) Paged(Call call, Func<SubscriptionRecord, bool> isWanted, string? token)
    {
        var (items, next) = Paging.Page(
            after => tables.Subscriptions.After(after)
                .Where(each => tables.Topics.Find(each.TopicArn)?.Region == call.Region && isWanted(each)),
            each => each.Id,
            Page,
            token);
        return (items.ConvertAll(each => new Subscription
        {
            SubscriptionArn = each.IsPending ? "PendingConfirmation" : each.Id,
            TopicArn = each.TopicArn,
            Protocol = each.Protocol,
            Endpoint = Shown(each.Endpoint),
            Owner = call.AccountId,
        }), next);
    }

    private static Dictionary<string, string> Show(Call call, SubscriptionRecord subscription)
    {
        var shown = new Dictionary<string, string>(subscription.Attributes, StringComparer.Ordinal)
        {
            ["SubscriptionArn"] = subscription.Id,
            ["TopicArn"] = subscription.TopicArn,
            ["Owner"] = call.AccountId,
            ["Protocol"] = subscription.Protocol,
            ["Endpoint"] = Shown(subscription.Endpoint),
            ["PendingConfirmation"] = subscription.IsPending ? "true" : "false",
            ["ConfirmationWasAuthenticated"] = subscription.Token is null ? "true" : "false",
            ["SubscriptionPrincipal"] = $"arn:aws:iam::{call.AccountId}:user/local",
        };
        shown.TryAdd("RawMessageDelivery", "false");
        if (subscription.Silence is { } silence)
        {
            shown["baker.local.undelivered"] = silence;
        }

        return shown;
    }

    /// <summary>SNS shows of a user's password nothing.</summary>
    private static string Shown(string endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var address)
            && address.UserInfo.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon
            ? endpoint.Replace($"{address.UserInfo}@", $"{address.UserInfo[..colon]}:****@", StringComparison.Ordinal)
            : endpoint;

    private static SubscribeResponse Answer(SubscriptionRecord subscription, SubscribeRequest request) => new()
    {
        SubscriptionArn = subscription.IsPending && request.ReturnSubscriptionArn != true ? "pending confirmation" : subscription.Id,
    };

    private static void CheckEndpoint(TopicRecord topic, string protocol, string endpoint)
    {
        if (!s_protocols.Contains(protocol))
        {
            throw TopicTables.Invalid($"Amazon SNS does not support this protocol string: {protocol}");
        }

        if (topic.IsFifo && protocol != "sqs")
        {
            throw TopicTables.Invalid($"Invalid protocol type: {protocol}");
        }

        switch (protocol)
        {
            case "http" or "https" when !endpoint.StartsWith(protocol + "://", StringComparison.Ordinal)
                || !Uri.TryCreate(endpoint, UriKind.Absolute, out _):
                throw TopicTables.Invalid("Endpoint must match the specified protocol");
            case "email" or "email-json" when endpoint.Split('@') is not [{ Length: > 0 }, { Length: > 0 }]
                || endpoint.Any(char.IsWhiteSpace):
                throw TopicTables.Invalid("Email address");
            case "sqs" or "lambda" or "firehose" when !endpoint.StartsWith($"arn:aws:{protocol}:", StringComparison.Ordinal):
                throw TopicTables.Invalid($"{protocol switch { "sqs" => "SQS", "lambda" => "Lambda", _ => "Firehose" }} endpoint ARN");
            case "sms" or "application" when endpoint.Length == 0:
                throw TopicTables.Invalid("Endpoint");
        }
    }

    private static string? SilenceOf(string protocol, string endpoint) => protocol switch
    {
        "email" or "email-json" => null,
        "http" or "https" => IsHere(new Uri(endpoint))
            ? null
            : "The local cloud sends to this machine's loopback addresses only, and nothing to others.",
        _ => $"The local cloud has no endpoints of the protocol {protocol}: messages are not delivered.",
    };

    private static bool IsHere(Uri endpoint) => endpoint.IsLoopback
        || (IPAddress.TryParse(endpoint.Host, out var address) && IPAddress.IsLoopback(address));

    private static ImmutableSortedDictionary<string, string> Set(
        string protocol,
        ImmutableSortedDictionary<string, string> before,
        string? name,
        string? value)
    {
        if (name is null || !s_attributes.Contains(name))
        {
            throw TopicTables.Invalid("AttributeName");
        }

        if (string.IsNullOrEmpty(value) || (name == "FilterPolicy" && value.Trim() == "{}"))
        {
            return before.Remove(name);
        }

        if (name is "FilterPolicy")
        {
            throw TopicTables.Invalid("FilterPolicy", "The local cloud filters no messages");
        }

        if (name == "RawMessageDelivery"
            && value != "false"
            && (value != "true" || protocol is not ("http" or "https" or "sqs" or "firehose")))
        {
            throw TopicTables.Invalid("Attributes", $"RawMessageDelivery: {value} is not valid for the protocol {protocol}");
        }

        if (name is "DeliveryPolicy" or "RedrivePolicy")
        {
            DeliveryPolicy.Check(value);
        }

        return before.SetItem(name, value);
    }
}

using System.Collections.Immutable;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Fleets;
using Baker.Cloud.Pacing;
using Baker.Cloud.Parameters;
using Baker.Core;
using Baker.Core.Configuration;
using Baker.Core.Merging;

namespace Baker.Cloud.Configuration;

/// <summary>Configuration among SSM's parameters, of one Region.</summary>
/// <param name="say">Is told what a person should know.</param>
public sealed class ConfigStore(CloudClients clients, Pacer pacer, Action<string> say)
{
    private const int MostNames = 10;

    private readonly NodeTagging _tagging = NodeTagging.Usual;

    public ConfigStore(FleetContext context)
        : this(context.Clients, context.Pacer, context.Say)
    {
        _tagging = context.Tagging;
    }

    /// <summary>The variables of one place, by their names.</summary>
    /// <param name="withSecrets">Whether secrets are decrypted, which their key must allow.</param>
    public async Task<ImmutableArray<ConfigValue>> ReadAsync(ConfigPath place, bool withSecrets, CancellationToken stop)
    {
        var request = new GetParametersByPathRequest { Path = place.Path, WithDecryption = withSecrets, MaxResults = MostNames };
        var found = new List<ConfigValue>();
        var pages = pacer.PagesAsync(
            clients.SSM.GetParametersByPathAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            found.AddRange((page.Parameters ?? []).Select(parameter => Of(
                parameter.Name,
                parameter.Value,
                parameter.Type,
                parameter.Version ?? 0,
                parameter.LastModifiedDate,
                withSecrets)));
        }

        return [.. found.OrderBy(value => value.Variable, StringComparer.Ordinal)];
    }

    /// <summary>What the secrets are that a group's nodes have; what cannot be read is not known.</summary>
    public async Task<ImmutableArray<string>> SecretsAsync(NodeGroup group, CancellationToken stop)
    {
        if (group.Config is not { } config)
        {
            return [];
        }

        var secrets = ImmutableArray.CreateBuilder<string>();
        foreach (var place in ConfigPath.ReadBy(group.Environment, group.Name))
        {
            try
            {
                secrets.AddRange((await ReadAsync(place, withSecrets: true, stop).ConfigureAwait(false))
                    .Where(value => value.IsSecret || config.Secrets.Contains(value.Variable))
                    .Select(value => value.Value!));
            }
            catch (AmazonSimpleSystemsManagementException error) when (error.ErrorCode == "AccessDeniedException")
            {
                say($"The secrets of {place.Words} cannot be read: where nodes print them, they are not masked here.");
            }
        }

        return secrets.ToImmutable();
    }

    /// <summary>The versions of a variable, the newest first.</summary>
    public async Task<ImmutableArray<ConfigValue>> HistoryAsync(ConfigPath place, string variable, bool withSecrets, CancellationToken stop)
    {
        var found = await new SsmParameters(clients, pacer)
            .HistoryAsync(place.Parameter(variable), stop, withSecrets)
            .ConfigureAwait(false);
        return
        [
            .. found
                .Select(each => Of(each.Name, each.Value, each.Type, each.Version ?? 0, each.LastModifiedDate, withSecrets) with
                {
                    By = each.LastModifiedUser,
                })
                .OrderByDescending(value => value.Version),
        ];
    }

    /// <param name="isNew">Whether there is none yet.</param>
    /// <param name="key">The key that a secret is encrypted with; null is the account's own.</param>
    /// <exception cref="BakerException">Somebody else has set it meanwhile.</exception>
    internal async Task PutAsync(
        ConfigPath place,
        string variable,
        string value,
        bool isNew,
        bool isSecret,
        string? key,
        CancellationToken stop)
    {
        var request = new PutParameterRequest
        {
            Name = place.Parameter(variable),
            Value = value,
            Type = isSecret ? ParameterType.SecureString : ParameterType.String,
            KeyId = isSecret ? key : null,
            Overwrite = !isNew,
            // A parameter that was an advanced one stays one; every other is, where it is too large for the free ones.
            Tier = ParameterTier.IntelligentTiering,
            Tags = isNew && place.Group is { } group
                ?
                [
                    new Tag { Key = BakerTags.Group, Value = group },
                    .. _tagging.Of(group, place.Environment).Select(tag => new Tag { Key = tag.Key, Value = tag.Value }),
                ]
                : null,
        };
        try
        {
            await pacer.SendAsync(clients.SSM.PutParameterAsync, request, stop).ConfigureAwait(false);
        }
        catch (ParameterAlreadyExistsException error)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"Somebody else has set {variable} of {place.Words} meanwhile.",
                "Look at it with config:list, then run the command again.",
                error);
        }
    }

    internal async Task RemoveAsync(ConfigPath place, IEnumerable<string> variables, CancellationToken stop)
    {
        foreach (var some in variables.Chunk(MostNames))
        {
            await pacer.SendAsync(
                clients.SSM.DeleteParametersAsync,
                new DeleteParametersRequest { Names = [.. some.Select(place.Parameter)] },
                stop).ConfigureAwait(false);
        }
    }

    private static ConfigValue Of(string name, string value, ParameterType type, long version, DateTime? changed, bool withSecrets)
    {
        var isSecret = type == ParameterType.SecureString;
        return new ConfigValue(
            name[(name.LastIndexOf('/') + 1)..],
            isSecret && !withSecrets ? null : value,
            isSecret,
            version,
            new DateTimeOffset(changed?.ToUniversalTime() ?? default, TimeSpan.Zero));
    }
}

using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Parameters;

/// <summary>Putting, getting and removing parameters.</summary>
internal sealed class ParameterActions(ParameterStore store)
{
    private const int StandardSize = 4096;
    private const int AdvancedSize = 8192;
    private const int MostVersions = 100;
    private const int MostNames = 10;

    public void Register(Router router)
    {
        router.Handle<PutParameterRequest, PutParameterResponse>(ServiceNames.Systems, Put);
        router.Handle<GetParameterRequest, GetParameterResponse>(ServiceNames.Systems, Get);
        router.Handle<GetParametersRequest, GetParametersResponse>(ServiceNames.Systems, GetMany);
        router.Handle<GetParametersByPathRequest, GetParametersByPathResponse>(ServiceNames.Systems, GetByPath);
        router.Handle<GetParameterHistoryRequest, GetParameterHistoryResponse>(ServiceNames.Systems, GetHistory);
        router.Handle<DescribeParametersRequest, DescribeParametersResponse>(ServiceNames.Systems, Describe);
        router.Handle<DeleteParameterRequest, DeleteParameterResponse>(ServiceNames.Systems, Delete);
        router.Handle<DeleteParametersRequest, DeleteParametersResponse>(ServiceNames.Systems, DeleteMany);
    }

    private PutParameterResponse Put(Call call, PutParameterRequest request)
    {
        CheckName(request.Name);
        var before = store.Table.Find(ParameterRecord.IdOf(ParameterStore.PlaceOf(call), request.Name));
        if (before is not null && request.Overwrite != true)
        {
            throw new CloudException(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.");
        }

        if (before is not null && request.Tags is { Count: > 0 })
        {
            throw new CloudException(
                "ValidationException",
                "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, "
                    + "please remove overwrite flag. To update tags for an existing parameter, "
                    + "please use AddTagsToResource or RemoveTagsFromResource.");
        }

        var tier = request.Tier?.Value switch
        {
            "Intelligent-Tiering" =>
                Encoding.UTF8.GetByteCount(request.Value) > StandardSize || before?.Latest.Tier == "Advanced" ? "Advanced" : "Standard",
            null => before?.Latest.Tier ?? "Standard",
            var named => named,
        };
        CheckValue(request, before, tier);
        var type = request.Type?.Value
            ?? before?.Latest.Type
            ?? throw new CloudException("ValidationException", "A parameter type is required when you create a parameter.");
        var version = new ParameterVersion(
            (before?.Latest.Version ?? 0) + 1,
            type,
            store.Keep(type, request.Value),
            call.Now)
        {
            Description = request.Description ?? before?.Latest.Description,
            Tier = tier,
            DataType = request.DataType ?? before?.Latest.DataType ?? "text",
            AllowedPattern = request.AllowedPattern ?? before?.Latest.AllowedPattern,
            KeyId = request.KeyId,
            User = call.CallerArn,
        };
        var versions = (before?.Versions ?? []).Add(version);
        store.Table.Put(new ParameterRecord(ParameterStore.PlaceOf(call), request.Name)
        {
            Versions = versions.Length > MostVersions ? versions.RemoveAt(0) : versions,
            Tags = before?.Tags ?? ParameterTagActions.Check(request.Tags),
        });
        return new PutParameterResponse { Version = version.Version, Tier = tier };
    }

    private Parameter View(Call call, ParameterRecord parameter, ParameterVersion version, bool? decrypts, string asked) =>
        ParameterView.Of(call, parameter, version, store.Value(version, decrypts), asked);

    private GetParameterResponse Get(Call call, GetParameterRequest request) => store.Find(call, request.Name) is var (parameter, version)
        ? new GetParameterResponse { Parameter = View(call, parameter, version, request.WithDecryption, request.Name) }
        : throw new CloudException("ParameterNotFound", "");

    private GetParametersResponse GetMany(Call call, GetParametersRequest request)
    {
        if (request.Names.Count > MostNames)
        {
            throw new CloudException(
                "ValidationException",
                "1 validation error detected: Value at 'names' failed to satisfy constraint: "
                    + $"Member must have length less than or equal to {MostNames}");
        }

        var response = new GetParametersResponse { Parameters = [], InvalidParameters = [] };
        foreach (var name in request.Names.Distinct())
        {
            if (store.Find(call, name) is var (parameter, version))
            {
                response.Parameters.Add(View(call, parameter, version, request.WithDecryption, name));
            }
            else
            {
                response.InvalidParameters.Add(name);
            }
        }

        return response;
    }

    private GetParametersByPathResponse GetByPath(Call call, GetParametersByPathRequest request)
    {
        if (!request.Path.StartsWith('/'))
        {
            throw new CloudException("ValidationException", "The parameter path must begin with a slash.");
        }

        var path = request.Path.EndsWith('/') ? request.Path : request.Path + "/";
        var found = store.Under(call, path).Where(p => request.Recursive == true || !p.Name[path.Length..].Contains('/'));
        var (items, next) = Paging.Page(
            after => found.Where(p => after is null || string.CompareOrdinal(p.Name, after) > 0),
            p => p.Name,
            Math.Min(request.MaxResults ?? MostNames, MostNames),
            request.NextToken);
        return new GetParametersByPathResponse
        {
            NextToken = next,
            Parameters = [.. items.Select(p => View(call, p, p.Latest, request.WithDecryption, p.Name))],
        };
    }

    private GetParameterHistoryResponse GetHistory(Call call, GetParameterHistoryRequest request)
    {
        var parameter = store.Own(call, request.Name);
        return new GetParameterHistoryResponse
        {
            Parameters = [.. parameter.Versions.Select(v => ParameterView.History(parameter, v, store.Value(v, request.WithDecryption)))],
        };
    }

    private DescribeParametersResponse Describe(Call call, DescribeParametersRequest request)
    {
        var tests = (request.ParameterFilters ?? []).Select(ParameterFilters.Test)
            .Concat(
                (request.Filters ?? []).Select(f => ParameterFilters.Test(new ParameterStringFilter { Key = f.Key, Values = f.Values })))
            .ToArray();
        var (items, next) = Paging.Page(
            after => store.Table
                .After(after is null ? null : ParameterRecord.IdOf(ParameterStore.PlaceOf(call), after))
                .Where(p => p.Region == ParameterStore.PlaceOf(call) && Array.TrueForAll(tests, t => t(p))),
            p => p.Name,
            Math.Min(request.MaxResults ?? 50, 50),
            request.NextToken);
        return new DescribeParametersResponse { NextToken = next, Parameters = [.. items.Select(p => ParameterView.Metadata(call, p))] };
    }

    private DeleteParameterResponse Delete(Call call, DeleteParameterRequest request)
    {
        store.Table.Remove(store.Own(call, request.Name).Id);
        return new DeleteParameterResponse();
    }

    private DeleteParametersResponse DeleteMany(Call call, DeleteParametersRequest request)
    {
        var response = new DeleteParametersResponse { DeletedParameters = [], InvalidParameters = [] };
        foreach (var name in request.Names)
        {
            var id = ParameterRecord.IdOf(ParameterStore.PlaceOf(call), name);
            (store.Table.Find(id) is null ? response.InvalidParameters : response.DeletedParameters).Add(name);
            store.Table.Remove(id);
        }

        return response;
    }

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > 1011 || !name.All(c => char.IsAsciiLetterOrDigit(c) || "._-/".Contains(c)))
        {
            throw new CloudException(
                "ValidationException",
                "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, "
                    + "it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of "
                    + "letters, numbers and the following 3 symbols .-_");
        }

        if (name.Contains('/') && !name.StartsWith('/'))
        {
            throw new CloudException("ValidationException", "Parameter name must be a fully qualified name.");
        }

        var first = name.TrimStart('/');
        if (first.StartsWith("aws", StringComparison.OrdinalIgnoreCase) || first.StartsWith("ssm", StringComparison.OrdinalIgnoreCase))
        {
            throw new CloudException("AccessDeniedException", $"No access to reserved parameter name: {name}.");
        }

        if (name.Count(c => c == '/') > 15)
        {
            throw new CloudException("HierarchyLevelLimitExceededException", "Hierarchies can have a maximum of 15 levels.");
        }
    }

    private static void CheckValue(PutParameterRequest request, ParameterRecord? before, string tier)
    {
        if (before?.Latest.Tier == "Advanced" && tier == "Standard")
        {
            throw new CloudException(
                "ValidationException",
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
                    + "advanced-parameter tier to the standard-parameter tier.");
        }

        var size = Encoding.UTF8.GetByteCount(request.Value);
        if (size > (tier == "Advanced" ? AdvancedSize : StandardSize))
        {
            throw new CloudException("ValidationException", tier == "Advanced"
                ? $"Parameter value can't exceed {AdvancedSize} characters."
                : $"Standard tier parameters support a maximum parameter value of {StandardSize} characters. "
                    + "To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.");
        }

        if (request.AllowedPattern is { Length: > 0 } pattern
            && !Regex.IsMatch(request.Value, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)))
        {
            throw new CloudException(
                "ParameterPatternMismatchException",
                $"Parameter value, cannot be validated against allowedPattern: {pattern}");
        }
    }
}

using System.Collections.Immutable;
using System.Globalization;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>
/// A number by which a canary is judged, and its bounds: absolute ones, and how much worse than the old fleet's it may be.
/// </summary>
public sealed record CanaryCheck
{
    private const int UsualRequests = 100;

    private const string UsualPercentile = "p95";

    public required CanaryMeasure Measure { get; init; }

    /// <summary>The metric's name; of a probe its address, of a script its path.</summary>
    public required string Metric { get; init; }

    /// <summary>What a probe must be answered with; null where anything from 200 to 399 is good.</summary>
    public int? Status { get; init; }

    /// <summary>CloudWatch's, of a metric that is not one of Baker's own.</summary>
    public string? Namespace { get; init; }

    /// <summary>Their values may have <c>{{fleet}}</c> and the like.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Dimensions { get; init; } = [];

    /// <summary>As CloudWatch writes it: <c>Sum</c>, <c>p95</c>.</summary>
    public string Statistic { get; init; } = "";

    public double? Max { get; init; }

    public double? Min { get; init; }

    public double? WorseBy { get; init; }

    /// <summary>With fewer requests than these it is not judged.</summary>
    public int MinRequests { get; init; }

    public bool IsOfRequests => Measure is CanaryMeasure.Errors or CanaryMeasure.Latency;

    public bool IsMetric => Measure is CanaryMeasure.Errors or CanaryMeasure.Latency or CanaryMeasure.Other;

    private string Name => Measure switch
    {
        CanaryMeasure.Errors => "5xx",
        CanaryMeasure.Latency => $"latency {Statistic}",
        CanaryMeasure.Hosts => "healthy hosts",
        _ => $"{Namespace} {Metric} ({Statistic})",
    };

    private string Unit => Measure switch
    {
        CanaryMeasure.Errors => "%",
        CanaryMeasure.Latency => " ms",
        _ => "",
    };

    public static CanaryCheck Of(JObject json)
    {
        if ((string?)json["http"] is { } address)
        {
            return new CanaryCheck { Measure = CanaryMeasure.Probe, Metric = address, Status = (int?)Number(json["status"]) };
        }

        if ((string?)json["script"] is { } script)
        {
            return new CanaryCheck { Measure = CanaryMeasure.Script, Metric = script };
        }

        var (metric, space) = ((string)json["metric"]!, (string?)json["namespace"]);
        var measure = space is not null ? CanaryMeasure.Other : metric switch
        {
            "5xx" => CanaryMeasure.Errors,
            "latency" => CanaryMeasure.Latency,
            "healthy_hosts" => CanaryMeasure.Hosts,
            _ => throw new FormatException($"The metric {metric} is none that Baker knows."),
        };
        return new CanaryCheck
        {
            Measure = measure,
            Metric = metric,
            Namespace = space,
            Dimensions =
            [
                .. (json["dimensions"] as JObject ?? []).Properties()
                    .Where(each => each.Value.Type != JTokenType.Null)
                    .Select(each => KeyValuePair.Create(each.Name, (string)each.Value!)),
            ],
            Statistic = (string?)json["percentile"] ?? (string?)json["statistic"] ?? measure switch
            {
                CanaryMeasure.Latency => UsualPercentile,
                CanaryMeasure.Other => "Average",
                _ => "",
            },
            Max = Number(json["max"]),
            Min = Number(json["min"]),
            WorseBy = Number(json["worse_by"]),
            MinRequests = (int?)Number(json["min_requests"]) ?? UsualRequests,
        };
    }

    /// <param name="old">What the old fleet has over the same time; null where there is nothing to compare with.</param>
    public CanaryVerdict Judge(CanaryNumber fresh, CanaryNumber? old)
    {
        var numbers = $"{Name}: new {Shown(fresh)}{(old is { } beside ? $", old {Shown(beside)}" : "")}";
        var isQuiet = IsTooFew(fresh) || (WorseBy is not null && old is { } other && IsTooFew(other));
        if (IsTooFew(fresh) || fresh.Value is not { } value)
        {
            return new CanaryVerdict($"{numbers}: too little to judge by{Needed()}", false, true);
        }

        var broken = new List<string>();
        if (Max is { } max && value > max)
        {
            broken.Add($"more than {Text(max)}{Unit}");
        }

        if (Min is { } min && value < min)
        {
            broken.Add($"fewer than {Text(min)}{Unit}");
        }

        if (WorseBy is { } by && old is { Value: { } before } known && !IsTooFew(known)
            && (Measure == CanaryMeasure.Hosts ? fresh.Missing - known.Missing : value - before) > by)
        {
            broken.Add($"worse than the old by more than {Text(by)}{Unit}");
        }

        return broken.Count > 0 ? new CanaryVerdict($"{numbers}: {string.Join(", ", broken)}", true, false)
            : isQuiet ? new CanaryVerdict($"{numbers}: too little to compare with{Needed()}", false, true)
            : new CanaryVerdict($"{numbers}: {Bounds()}", false, false);
    }

    internal JObject ToJson()
    {
        var json = new JObject
        {
            [Measure switch { CanaryMeasure.Probe => "http", CanaryMeasure.Script => "script", _ => "metric" }] = Metric,
        };
        Put("status", Status);
        Put("namespace", Namespace);
        Put("dimensions", Dimensions.IsEmpty ? null : new JObject(Dimensions.Select(each => new JProperty(each.Key, each.Value))));
        Put(Statistic.StartsWith('p') ? "percentile" : "statistic", Statistic.Length == 0 ? null : Statistic);
        Put("max", Max);
        Put("min", Min);
        Put("worse_by", WorseBy);
        Put("min_requests", IsOfRequests ? MinRequests : null);
        return json;

        void Put(string name, JToken? value)
        {
            if (value is not (null or JValue { Value: null }))
            {
                json[name] = value;
            }
        }
    }

    // Numbers keep their spelling in the merged group, so one may arrive as a raw token.
    private static double? Number(JToken? value) => value is null or { Type: JTokenType.Null }
        ? null
        : double.Parse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    private bool IsTooFew(CanaryNumber number) => number.Value is null || (IsOfRequests && number.Of < MinRequests);

    private string Needed() => IsOfRequests ? string.Create(CultureInfo.InvariantCulture, $", which takes {MinRequests} requests") : "";

    private string Bounds() => string.Join(", ", new[]
    {
        Max is { } max ? $"at most {Text(max)}{Unit}" : null,
        Min is { } min ? $"at least {Text(min)}{Unit}" : null,
        WorseBy is { } by ? $"no worse than the old by {Text(by)}{Unit}" : null,
    }.OfType<string>());

    private string Shown(CanaryNumber number)
    {
        var value = number.Value is { } known ? Text(known) + Unit : "nothing";
        return number.Of is not { } all ? value
            : value + string.Create(CultureInfo.InvariantCulture, $" of {all:0}{(IsOfRequests ? " requests" : "")}");
    }

    private static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}

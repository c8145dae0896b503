using Baker.Cli.Changes;
using Baker.Cli.Sessions;
using Baker.Cloud.Changes;
using Baker.Cloud.Images;
using Baker.Core;
using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Baking;

/// <summary>The end of a <c>packer:run</c>: a table of the groups, why each failed one failed, and what is left to remove.</summary>
internal static class BakeReport
{
    public static void Write(TextWriter output, IReadOnlyList<BakeResult> results)
    {
        var width = Math.Max(5, results.Max(result => result.Group.Length));
        output.WriteLine();
        output.WriteLine($"{"GROUP".PadRight(width)}  {"RESULT",-11}  {"IMAGE",-21}  TIME");
        foreach (var result in results)
        {
            output.WriteLine(
                $"{result.Group.PadRight(width)}  {Outcome(result),-11}  {result.ImageId ?? "-",-21}  {ElapsedText.Words(result.Took)}");
        }

        foreach (var result in results.Where(result => result.Failure is not null && result.Outcome == BakeOutcome.Failed))
        {
            output.WriteLine($"\n{result.Group} failed: {result.Failure}");
        }

        var leftovers = results.SelectMany(result => result.Leftovers.Select(left => (result.Group, left))).ToArray();
        if (leftovers.Length > 0)
        {
            output.WriteLine("\nSTILL THERE, and what removes it:");
            foreach (var (group, left) in leftovers)
            {
                output.WriteLine($"  {group}: {left.What}\n      {left.Command}");
            }
        }
    }

    /// <summary>What a run would do.</summary>
    public static void Write(
        TextWriter output,
        IReadOnlyList<(string Group, IReadOnlyList<ChangeStep> Steps)> plans,
        IReadOnlyList<Salvage> salvage)
    {
        foreach (var left in salvage)
        {
            output.WriteLine(left.Line);
        }

        foreach (var (group, steps) in plans)
        {
            output.WriteLine(steps.Count == 0 ? $"{group}: up to date, nothing to do" : $"{group}:");
            foreach (var (number, step) in steps.Index())
            {
                output.WriteLine($"  {number + 1,2}. {step.Key,-9}  {step.Text}");
            }
        }
    }

    public static JObject Json(IReadOnlyList<(string Group, IReadOnlyList<ChangeStep> Steps)> plans, IReadOnlyList<Salvage> salvage) =>
        new()
        {
            ["dry_run"] = true,
            ["recover"] = Json(salvage),
            ["steps"] = new JArray(plans.SelectMany(plan => plan.Steps.Select(step => StepLine.Json(plan.Group, step)))),
            ["groups"] = new JArray(),
        };

    /// <summary>What is done with what dead runs left.</summary>
    public static JArray Json(IReadOnlyList<Salvage> salvage) =>
        new(salvage.Select(each => new JObject { ["group"] = each.Group, ["id"] = each.Id, ["what"] = each.Text }));

    public static JObject Json(IReadOnlyList<BakeResult> results) => new()
    {
        ["dry_run"] = false,
        ["recover"] = new JArray(),
        ["steps"] = new JArray(),
        ["groups"] = new JArray(results.Select(result => Json(result))),
    };

    public static JObject Json(BakeResult result) => new()
    {
        ["group"] = result.Group,
        ["result"] = Outcome(result),
        ["image"] = result.ImageId,
        ["name"] = result.ImageName,
        ["seconds"] = Math.Round(result.Took.TotalSeconds, 2),
        ["exit_code"] = (int)result.Code,
        ["failure"] = result.Failure,
        ["leftovers"] = new JArray(result.Leftovers.Select(left => new JObject { ["what"] = left.What, ["command"] = left.Command })),
    };

    /// <summary>The worst that happened: a bug, an interrupt, then the first failure's code.</summary>
    public static ExitCode Code(IReadOnlyList<BakeResult> results)
    {
        var codes = results.Select(result => result.Code).Where(code => code != ExitCode.Done).ToArray();
        return codes.Contains(ExitCode.Bug) ? ExitCode.Bug
            : codes.Contains(ExitCode.Interrupted) ? ExitCode.Interrupted
            : codes.FirstOrDefault(ExitCode.Done);
    }

    private static string Outcome(BakeResult result) => result.Outcome switch
    {
        BakeOutcome.Baked => "baked",
        BakeOutcome.UpToDate => "up to date",
        BakeOutcome.Finished => "finished",
        BakeOutcome.Verified => "verified",
        BakeOutcome.Interrupted => "interrupted",
        _ => "FAILED",
    };
}

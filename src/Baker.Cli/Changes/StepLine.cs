using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Changes;

/// <summary>How a step of a change is printed: the same in a dry run and while it is carried out.</summary>
internal static class StepLine
{
    /// <param name="number">Counted from 1.</param>
    public static string Of(int number, string text) => $"{number,3}. {text}";

    public static JObject Json(string subject, ChangeStep step) => new()
    {
        ["subject"] = subject,
        ["step"] = step.Key,
        ["text"] = step.Text,
    };

    /// <summary>The same of one that has ended.</summary>
    public static JObject Json(string subject, ChangeStep step, TimeSpan took, Exception? failure)
    {
        var told = Json(subject, step);
        told["result"] = failure is null ? "done" : failure is OperationCanceledException ? "interrupted" : "failed";
        told["seconds"] = Math.Round(took.TotalSeconds, 2);
        return told;
    }
}

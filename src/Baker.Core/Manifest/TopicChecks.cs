namespace Baker.Core.Manifest;

/// <summary>The rules of <c>__topics__</c>.</summary>
internal static class TopicChecks
{
    private static readonly string[] s_protocols = ["email", "https", "http", "sqs", "lambda"];

    public static ValueCheck Topic { get; } = Checks.ExactFields(
        0,
        ("name", Checks.TextLike(
            "the name of a topic: at most 256 letters, digits, hyphens and underscores",
            "",
            text => text.Length is > 0 and <= 256 && Shapes.IsOnly(text, "-_"))),
        ("region", NetworkChecks.Region),
        ("display_name", Checks.TextLike(
            "a text of at most 100 characters, none of them a control character",
            "",
            text => text.Length is > 0 and <= 100 && !text.Any(char.IsControl))),
        ("subscriptions", Checks.ListOf(Subscription()).And(ValueKind.Array, CheckTwice)));

    private static ValueCheck Subscription() => Checks.ExactFields(
        0,
        ("email", Checks.TextLike("an e-mail address", "", IsEmail)),
        ("https", Checks.TextLike("an address that starts with https://", "", text => IsWeb(text, "https"))),
        ("http", Checks.TextLike("an address that starts with http://", "", text => IsWeb(text, "http"))),
        ("sqs", Checks.TextLike(
            "the ARN of an SQS queue that is not a FIFO",
            "",
            text => Shapes.IsArn(text, "sqs") && !text.EndsWith(".fifo", StringComparison.Ordinal))),
        ("lambda", Checks.TextLike(
            "the ARN of a Lambda function",
            "",
            text => Shapes.IsArn(text, "lambda") && text.Split(':') is [_, _, _, _, _, "function", { Length: > 0 }, ..]))).And(
            ValueKind.Object,
            (context, path, value) =>
            {
                var said = value.GivenProperties().Count(property => s_protocols.Contains(property.Name.Text));
                if (said != 1)
                {
                    context.Diagnostics.Error(
                        DiagnosticCode.BadValue,
                        value,
                        $"{path} must have one of {string.Join(", ", s_protocols)}, and has {(said == 0 ? "none" : "several")}.",
                        "Write for example {\"email\": \"ops@example.com\"}; each subscription is an object of its own.");
                }
            });

    private static void CheckTwice(CheckContext context, string path, ManifestValue subscriptions) => Checks.Twice(
        context,
        path,
        subscriptions.Items.ToList()
            .Where(each => each.Kind == ValueKind.Object)
            .SelectMany(each => each.Properties.ToList())
            .Where(each => each.Value.Kind == ValueKind.String)
            .Select(each => each.Value),
        each => each.Text);

    private static bool IsEmail(string text) =>
        text.Length <= 320
        && text.IndexOf('@') is > 0 and var at
        && at == text.LastIndexOf('@')
        && at < text.Length - 1
        && text.All(letter => letter is > ' ' and < '\x7f');

    private static bool IsWeb(string text, string scheme) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == scheme && address.Host.Length > 0;
}

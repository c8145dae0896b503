using System.Globalization;

namespace Baker.Cloud;

/// <summary>One request to a cloud, and how it was answered.</summary>
/// <param name="Service">As it signs, such as <c>ec2</c>.</param>
/// <param name="Operation">Such as <c>DescribeInstances</c>; of S3 the method and the path.</param>
/// <param name="Answer">The status and the error's code where there is one; or why there is no answer.</param>
/// <param name="RequestId">What AWS's support asks for; null where the answer has none.</param>
public sealed record CloudCall(string Service, string Region, string Operation, string Answer, string? RequestId, TimeSpan Took)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"aws {Service} {Operation} {Region}: {Answer}, {Took.TotalMilliseconds:0} ms, request {RequestId ?? "without an id"}");
}

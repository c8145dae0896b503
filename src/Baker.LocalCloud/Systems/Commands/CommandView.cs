using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Compute.Images;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Commands;

/// <summary>Commands and their invocations as SSM shows them.</summary>
internal static class CommandView
{
    private const int ListedOutput = 2500;

    public static Command Of(CommandRecord command) => new()
    {
        CommandId = command.Id,
        DocumentName = command.DocumentName,
        DocumentVersion = "$DEFAULT",
        Comment = command.Comment,
        Parameters = command.Parameters.ToDictionary(p => p.Key, p => p.Value.ToList()),
        InstanceIds = [.. command.InstanceIds],
        Targets = [.. command.Targets.Select(t => new Target { Key = t.Key, Values = [.. t.Values] })],
        RequestedDateTime = command.RequestedAt.UtcDateTime,
        ExpiresAfter = command.RequestedAt.AddSeconds(command.DeliveryTimeout).UtcDateTime,
        TimeoutSeconds = command.DeliveryTimeout,
        MaxConcurrency = command.MaxConcurrency,
        MaxErrors = command.MaxErrors,
        TargetCount = command.TargetCount,
        CompletedCount = command.CompletedCount,
        ErrorCount = command.ErrorCount,
        DeliveryTimedOutCount = command.DeliveryTimedOutCount,
        Status = command.Status,
        StatusDetails = command.StatusDetails,
        OutputS3BucketName = command.OutputBucket ?? "",
        OutputS3KeyPrefix = command.OutputPrefix ?? "",
        OutputS3Region = command.Region,
        ServiceRole = "",
    };

    public static GetCommandInvocationResponse Details(CommandRecord command, InvocationRecord invocation) => new()
    {
        CommandId = command.Id,
        InstanceId = invocation.InstanceId,
        DocumentName = command.DocumentName,
        DocumentVersion = "$DEFAULT",
        Comment = command.Comment,
        PluginName = "aws:runShellScript",
        ResponseCode = invocation.ResponseCode,
        Status = invocation.Status,
        StatusDetails = invocation.StatusDetails,
        StandardOutputContent = invocation.Output,
        StandardErrorContent = invocation.Error,
        StandardOutputUrl = "",
        StandardErrorUrl = "",
        ExecutionStartDateTime = invocation.StartedAt is { } start ? ImageView.TimeOf(start) : "",
        ExecutionEndDateTime = invocation.EndedAt is { } end ? ImageView.TimeOf(end) : "",
        ExecutionElapsedTime = invocation is { StartedAt: { } from, EndedAt: { } to } ? System.Xml.XmlConvert.ToString(to - from) : "",
        CloudWatchOutputConfig = new CloudWatchOutputConfig { CloudWatchLogGroupName = "", CloudWatchOutputEnabled = false },
    };

    public static CommandInvocation Of(CommandRecord command, InvocationRecord invocation, InstanceRecord? instance, bool details) => new()
    {
        CommandId = command.Id,
        InstanceId = invocation.InstanceId,
        InstanceName = instance is null ? "" : $"ip-{instance.Address.Replace('.', '-')}.ec2.internal",
        DocumentName = command.DocumentName,
        DocumentVersion = "$DEFAULT",
        Comment = command.Comment,
        RequestedDateTime = invocation.RequestedAt.UtcDateTime,
        Status = invocation.Status,
        StatusDetails = invocation.StatusDetails,
        StandardOutputUrl = "",
        StandardErrorUrl = "",
        ServiceRole = "",
        CommandPlugins = details ? [PluginOf(invocation)] : [],
    };

    private static CommandPlugin PluginOf(InvocationRecord invocation)
    {
        var both = invocation.Error.Length == 0 ? invocation.Output : $"{invocation.Output}\n----------ERROR-------\n{invocation.Error}";
        return new CommandPlugin
        {
            Name = "aws:runShellScript",
            Status = invocation.Status,
            StatusDetails = invocation.StatusDetails,
            ResponseCode = invocation.ResponseCode,
            ResponseStartDateTime = invocation.StartedAt?.UtcDateTime,
            ResponseFinishDateTime = invocation.EndedAt?.UtcDateTime,
            Output = both.Length <= ListedOutput ? both : both[..ListedOutput],
            StandardOutputUrl = "",
            StandardErrorUrl = "",
            OutputS3BucketName = "",
            OutputS3KeyPrefix = "",
            OutputS3Region = invocation.Region,
        };
    }
}

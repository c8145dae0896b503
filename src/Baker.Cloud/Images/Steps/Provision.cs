using System.Collections.Immutable;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Steps;

/// <summary>Brings scripts, roles and DNA to the instance and runs them there through SSM Run Command, output shown as it comes.</summary>
internal sealed class Provision : BakeStep
{
    /// <summary>The largest payload, in bytes, that goes inside the command: SSM takes about 64 KB, and base64 adds a third.</summary>
    private const int LargestInline = 40_000;

    private const int LastLines = 20;
    private static readonly TimeSpan s_timeout = TimeSpan.FromHours(2);
    private static readonly TimeSpan s_urlLife = TimeSpan.FromHours(1);

    public override string Name => "provision";

    public override string Describe(Bake bake)
    {
        var steps = bake.Input.Scripts.Select(script => script.Path).ToList();
        if (bake.Group.RunList.Length > 0)
        {
            steps.Add($"chef-solo with {bake.Group.RunList.Length} run list items");
        }

        return $"run through SSM: {string.Join(", ", steps)}";
    }

    public override bool Applies(Bake bake) => !bake.Adopted && bake.Input.Provisions;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        var payload = Payload.Pack(bake.Input);
        var fetch = payload.Length <= LargestInline
            ? ProvisionCommand.Inline(payload)
            : ProvisionCommand.Download(await UploadAsync(bake, payload, stop).ConfigureAwait(false));
        var command = new ProvisionCommand(bake.Run.Id);
        var commandId = await SendAsync(bake, command.Start(fetch), s_timeout, stop).ConfigureAwait(false);
        var reader = new ProvisionOutput(bake, command, text => SendAsync(bake, text, TimeSpan.FromMinutes(1), stop));
        var answer = await WatchAsync(bake, commandId, reader, stop).ConfigureAwait(false);
        var code = await reader.FinishAsync(answer, stop).ConfigureAwait(false);
        if (code != 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"provisioning {bake.Group.Name} failed with exit code {code}. Its last lines:\n    {string.Join("\n    ", reader.LastLines(LastLines))}",
                $"The whole output is in {Path.GetFileName(bake.Run.Options.StateFolder)}/logs/{bake.Group.Name}.log; --on-error keep leaves the instance for a look.");
        }
    }

    public override async Task CleanUpAsync(Bake bake, CancellationToken stop)
    {
        if (bake.PayloadKey is { } key)
        {
            await bake.Region.Pacer.SendAsync(bake.Region.Clients.S3.DeleteObjectAsync, new DeleteObjectRequest { BucketName = bake.Run.Options.Bucket, Key = key }, stop).ConfigureAwait(false);
            bake.PayloadKey = null;
        }
    }

    private static async Task<string> UploadAsync(Bake bake, byte[] payload, CancellationToken stop)
    {
        var options = bake.Run.Options;
        if (options.Bucket is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"the scripts and roles of {bake.Group.Name} are {payload.Length / 1000} KB packed, more than fits into an SSM command ({LargestInline / 1000} KB)",
                "Name an S3 bucket for them: \"__settings__\": {\"bucket\": \"my-bucket\"}.");
        }

        bake.PayloadKey = $"{options.BucketPrefix}{bake.Run.Id}/{bake.Group.Name}.tar.gz";
        using var content = new MemoryStream(payload);
        var request = new PutObjectRequest { BucketName = options.Bucket, Key = bake.PayloadKey, InputStream = content, AutoCloseStream = false };
        try
        {
            await bake.Region.Pacer.SendOnceAsync(bake.Region.Clients.S3.PutObjectAsync, request, stop).ConfigureAwait(false);
        }
        catch (AmazonS3Exception error)
        {
            throw new BakerException(ExitCode.CloudFailed, $"the payload of {bake.Group.Name} cannot be put into bucket {options.Bucket}: {error.Message}", "Check the bucket's name, region and permissions (__settings__, bucket).", error);
        }

        return await bake.Region.Clients.S3.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = options.Bucket,
            Key = bake.PayloadKey,
            Verb = HttpVerb.GET,
            Protocol = bake.Run.Cloud.ServiceUrl?.Scheme == "http" || bake.Run.Cloud.CloudName == "local" ? Protocol.HTTP : Protocol.HTTPS,
            Expires = bake.Run.Time.GetUtcNow().UtcDateTime + s_urlLife,
        }).ConfigureAwait(false);
    }

    private static async Task<string> SendAsync(Bake bake, ImmutableArray<string> lines, TimeSpan timeout, CancellationToken stop)
    {
        var request = new SendCommandRequest
        {
            DocumentName = "AWS-RunShellScript",
            InstanceIds = [bake.InstanceId!],
            Comment = $"baker {bake.Run.Id}",
            TimeoutSeconds = 600,
            Parameters = new()
            {
                ["commands"] = [.. lines],
                ["executionTimeout"] = [((int)timeout.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture)],
            },
        };
        var answer = await bake.Region.Pacer.SendAsync(bake.Region.Clients.SSM.SendCommandAsync, request, stop).ConfigureAwait(false);
        return answer.Command.CommandId;
    }

    /// <summary>Waits for the command's end, reading its output meanwhile; an instance that dies ends it too.</summary>
    private static async Task<GetCommandInvocationResponse> WatchAsync(Bake bake, string commandId, ProvisionOutput reader, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var ended = bake.Region.Waits.Invocations.UntilAsync(
            CloudWaits.InvocationId(commandId, bake.InstanceId!),
            IsOver,
            new Expectation($"{bake.Region.Name}/provision/{bake.Group.Name}", s_timeout, $"the end of the provisioning of {bake.Group.Name}"),
            enough.Token);
        var died = bake.Region.Waits.Instances.UntilAsync(
            bake.InstanceId!,
            instance => instance?.State?.Name?.Value is { } state && state is not ("pending" or "running") ? throw WaitRunning.Died(bake, instance, state) : false,
            new Expectation("", s_timeout + TimeSpan.FromMinutes(1), "") { Every = TimeSpan.FromSeconds(15) },
            enough.Token);
        var reading = reader.FollowAsync(enough.Token);
        try
        {
            if (await Task.WhenAny(ended, died).ConfigureAwait(false) == died)
            {
                await died.ConfigureAwait(false); // it never ends but by throwing why
            }

            return await ended.ConfigureAwait(false);
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)died).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool IsOver(GetCommandInvocationResponse? answer) =>
        answer?.Status?.Value is "Success" or "Failed" or "TimedOut" or "Cancelled";
}

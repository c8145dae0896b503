using Baker.Cloud.Communicators;
using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Steps;

/// <summary>Brings scripts, roles and DNA to the instance and runs them there, output shown as it comes.</summary>
internal sealed class Provision : BakeWork
{
    private const int LastLines = 20;
    private static readonly TimeSpan s_timeout = TimeSpan.FromHours(3);

    public override string Name => "provision";

    public override string Describe(Bake bake)
    {
        var trees = bake.Input.Code.Select(tree => $"{tree.Source.Path} at {tree.Commit[..12]}");
        var steps = trees.Concat(bake.Input.Scripts.Select(script => script.Path)).ToList();
        if (bake.Group.RunList.Length > 0)
        {
            steps.Add($"chef-solo with {bake.Group.RunList.Length} run list items");
        }

        return $"run through {(bake.LogsIn ? "SSH" : "SSM")}: {string.Join(", ", steps)}";
    }

    public override bool Applies(Bake bake) => !bake.Adopted && bake.Input.Provisions;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        await bake.Communicator!.SendAsync(bake.Payload.Value, stop).ConfigureAwait(false);
        if (!bake.Input.DataBagSecret.IsEmpty)
        {
            await bake.Communicator.SendSecretAsync(bake.Input.DataBagSecret, stop).ConfigureAwait(false);
        }

        var tail = new OutputTail();
        var filter = new ContentsFilter(Show);
        var (code, cause) = await WaitRunning.WhileAliveAsync(
            bake,
            s_timeout,
            enough => bake.Communicator.RunAsync(filter.Add, enough),
            stop).ConfigureAwait(false);
        filter.End();
        bake.Packages = filter.Found;
        if (code != 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{(bake.IsTrial ? $"verifying image {bake.Source!.ImageId} of" : "provisioning")} {bake.Group.Name} failed "
                    + $"with exit code {code}{(cause is null ? "" : $": {cause}")}. "
                    + $"Its last lines:\n    {string.Join("\n    ", tail.LastLines(LastLines))}",
                $"The whole output is in {Path.GetFileName(bake.Run.Options.StateFolder)}/logs/{bake.Group.Label}.log; "
                    + "--on-error keep leaves the instance for a look"
                    + (bake.IsTrial ? "." : ", and --on-error retry for the next run to go on with."));
        }

        void Show(string text)
        {
            bake.Run.Watcher.Output(bake.Group.Label, text);
            tail.Add(text);
        }
    }

    public override async Task CleanUpAsync(Bake bake, CancellationToken stop)
    {
        await bake.Carrier.RemoveAsync(stop).ConfigureAwait(false);
        await bake.Output.RemoveAsync(stop).ConfigureAwait(false);
    }
}

using System.Collections.Immutable;
using System.Diagnostics;
using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.PackerEngine;

/// <summary>Builds an image with an installed HashiCorp Packer instead of Baker's own engine (<c>packer:run --engine packer</c>).</summary>
public sealed class PackerBuilder(TimeProvider time)
{
    private const int LastLines = 20;

    /// <summary>The program to run.</summary>
    public string Program { get; init; } = "packer";

    /// <summary>How long an interrupted Packer may clean up: terminating an instance takes it about a minute.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(3);

    /// <param name="line">Gets every line of Packer's output as it comes, from two threads.</param>
    /// <returns>The image of each region.</returns>
    public async Task<ImmutableArray<PackerImage>> BuildAsync(PackerOrder order, Action<string> line, CancellationToken stop)
    {
        var gate = new Lock();
        var last = new Queue<string>();
        var named = new List<PackerImage>();
        var before = PackerRecord.LastRun(order.RecordPath);
        if (Path.GetDirectoryName(order.RecordPath) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder); // the post-processor does not
        }

        var code = await PackerProcess.RunAsync(Start(order), Take, Patience, time, stop).ConfigureAwait(false);
        if (code != 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"packer build of {order.Group} failed with exit code {code}. Its last lines:\n    {string.Join("\n    ", last)}",
                "Packer says above what it could not do. It also exits like this when a script failed; "
                    + "what it made it has tried to remove.");
        }

        ImmutableArray<PackerImage> images = PackerRecord.LastRun(order.RecordPath) is { } run && run != before
            ? PackerRecord.Images(order.RecordPath)
            : [.. named.Distinct()];
        return images.Length > 0
            ? images
            : throw new BakerException(
                ExitCode.CloudFailed,
                $"packer build of {order.Group} succeeded, but names no image.",
                "Does the template have an amazon-ebs builder and the manifest post-processor? Baker's own (package "
                    + "template:export) shows both.");

        void Take(string text)
        {
            // Packer puts the builder's name before what is printed on the instance.
            if (text.Split(PackageListing.Mark, 2) is [{ Length: < 200 }, var listed] && PackageListing.Parse(listed) is { } packages)
            {
                order.TellPackages(packages);
                return;
            }

            lock (gate)
            {
                if (PackerRecord.FromOutput(text) is { } image)
                {
                    named.Add(image);
                }

                if (!string.IsNullOrWhiteSpace(text))
                {
                    last.Enqueue(text);
                }

                if (last.Count > LastLines)
                {
                    last.Dequeue();
                }

                line(text);
            }
        }
    }

    private ProcessStartInfo Start(PackerOrder order)
    {
        var start = new ProcessStartInfo(Program)
        {
            WorkingDirectory = order.WorkingFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("build");
        start.ArgumentList.Add("-color=false");
        start.ArgumentList.Add(order.KeepOnError ? "-on-error=abort" : "-on-error=cleanup");
        foreach (var (name, value) in order.Variables)
        {
            start.ArgumentList.Add("-var");
            start.ArgumentList.Add($"{name}={value}");
        }

        start.ArgumentList.Add(order.TemplatePath);
        start.Environment["CHECKPOINT_DISABLE"] = "1"; // no call home
        foreach (var (name, value) in order.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}

using Baker.Cli.Clouds;
using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Discovery;
using Baker.Cloud.Examining;
using Baker.Cloud.Host;
using Baker.Core;
using Baker.Core.Merging;
using Baker.LocalCloud.Sandboxes;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Examining;

/// <summary>Looks at what commands need: the manifest, the cloud, the tools of this machine. It changes nothing.</summary>
internal sealed class Doctor(Session session, TimeSpan limit)
{
    private readonly List<Finding> _findings = [];

    public async Task<ExitCode> RunAsync(ManifestOptions manifest, string? cloud, string? region, bool isJson)
    {
        var version = ProgramVersion.OfThis();
        Add(Finding.Ok("version", version.Text));
        var project = Project(manifest);
        await ExamineCloudAsync(project, cloud ?? project?.Settings.Cloud ?? "aws", region).ConfigureAwait(false);
        Add(Profiles(project));
        await ExamineCatalogAsync(project).ConfigureAwait(false);
        await BoundedAsync("namespaces", NamespacesAsync).ConfigureAwait(false);
        Tool("packer", "packer", "package packer:run --engine packer", "https://developer.hashicorp.com/packer/install");
        Tool("openssh", "ssh", "\"communicator\": \"ssh\" and instance:shell over it", "your system's package openssh-client");
        Tool(
            "session-manager",
            "session-manager-plugin",
            "what goes through Session Manager on AWS (instance:shell, instance:forward, instance:copy)",
            "AWS's page on the Session Manager plugin");
        Tool("git", "git", "groups with \"code\"", "your system's package git");
        Print(version, isJson);
        return _findings.Exists(finding => finding.State == FindingState.Failed) ? ExitCode.TimedOut : ExitCode.Done;
    }

    private NodeProject? Project(ManifestOptions options)
    {
        try
        {
            var project = options.Load(session);
            var mistakes = project.Mistakes();
            Add(mistakes == 0
                ? Finding.Ok("manifest", $"{project.Manifest.Source.Name}, groups: {project.Manifest.Groups.Count}")
                : Finding.Failed(
                    "manifest",
                    $"{project.Manifest.Source.Name} has {mistakes} mistake{(mistakes == 1 ? "" : "s")}",
                    "package node:list says which."));
            return mistakes == 0 ? project : null;
        }
        catch (BakerException error) when (options.Manifest.HasValue() || options.Environment.HasValue())
        {
            Add(Finding.Failed("manifest", error.Message, error.Remedy));
        }
        catch (BakerException error)
        {
            Add(Finding.Warning("manifest", error.Message, error.Remedy ?? "Begin one with package init."));
        }

        return null;
    }

    private async Task ExamineCloudAsync(NodeProject? project, string name, string? asked)
    {
        if (name is not ("aws" or "local"))
        {
            throw new BakerException(ExitCode.BadInput, $"There is no cloud '{name}'.", "--cloud takes aws or local.");
        }

        var region = asked ?? project?.FirstRegion
            ?? (session.Environment.Value.GetValueOrDefault("AWS_REGION") is { Length: > 0 } variable ? variable
            : session.Environment.Value.GetValueOrDefault("AWS_DEFAULT_REGION") is { Length: > 0 } older ? older
            : "us-east-1");
        CloudSession? opened = null;
        if (name == "local")
        {
            await BoundedAsync("cloud", async stop =>
            {
                opened = project is null ? null : await CloudChoice.FindServedAsync(session, project, stop).ConfigureAwait(false);
                return opened is null
                    ? Finding.Ok("cloud", "local: opened by each command; package local:serve keeps it open")
                    : Finding.Ok("cloud", $"local, {region}, served at {opened.ServiceUrl}");
            }).ConfigureAwait(false);
        }
        else
        {
            var endpoint = session.Environment.Value.GetValueOrDefault("AWS_ENDPOINT_URL");
            Add(Finding.Ok("cloud", $"aws, {region}{(string.IsNullOrEmpty(endpoint) ? "" : $", at {endpoint} (AWS_ENDPOINT_URL)")}"));
            opened = CloudChoice.OpenAws(session);
        }

        if (opened is null)
        {
            return;
        }

        await using var closing = opened.ConfigureAwait(false);
        await ExamineAccountAsync(project, opened, region).ConfigureAwait(false);
    }

    // Where nobody answers, one line says so: the others would say the same.
    private async Task ExamineAccountAsync(NodeProject? project, CloudSession cloud, string region)
    {
        var examination = new CloudExamination(cloud.Region(region), cloud.Clock, session.Time);
        var isKnown = await BoundedAsync("credentials", examination.IdentityAsync).ConfigureAwait(false);
        if (examination.Clock() is { } clock)
        {
            Add(clock);
        }

        if (!isKnown)
        {
            return;
        }

        var image = project?.Sound().Select(group => group.Source).OfType<SourceImage.ById>().FirstOrDefault()?.ImageId;
        await BoundedAsync("permissions", stop => examination.PermissionsAsync(image, stop)).ConfigureAwait(false);
        await BoundedAsync("ssm", examination.AgentsAsync).ConfigureAwait(false);
        await BoundedAsync("quotas", examination.QuotasAsync).ConfigureAwait(false);
    }

    private async Task ExamineCatalogAsync(NodeProject? project)
    {
        if (project?.Settings.Catalog.Etcd is not { } settings)
        {
            return;
        }

        using var etcd = new EtcdOpening(session, project);
        await BoundedAsync("catalog", async stop =>
        {
            await new EtcdCatalog(etcd.Client!, project.Environment?.Name, _ => { }).VersionAsync(stop).ConfigureAwait(false);
            return Finding.Ok("catalog", $"etcd answers: {string.Join(", ", settings.Endpoints.Select(endpoint => endpoint.Text))}");
        }).ConfigureAwait(false);
    }

    private static Finding? Profiles(NodeProject? project)
    {
        if (project is null || project.Settings.Cloud != "aws")
        {
            return null;
        }

        var without = project.Sound()
            .Where(group => group.Communicator == CommunicatorKind.Ssm && group.IamInstanceProfile is null)
            .Select(group => group.Name.ToString())
            .ToList();
        return without.Count == 0
            ? Finding.Ok("profiles", "every group that is reached through Systems Manager names an iam_instance_profile")
            : Finding.Warning(
                "profiles",
                "no iam_instance_profile: "
                    + string.Join(", ", without.Take(5)) + (without.Count > 5 ? $" and {without.Count - 5} more" : ""),
                "Name one with AmazonSSMManagedInstanceCore, use \"communicator\": \"ssh\", or Default Host Management.");
    }

    private async Task<Finding> NamespacesAsync(CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("baker-doctor-");
        try
        {
            var support = await SandboxSupport.ProbeAsync(folder.FullName, stop).ConfigureAwait(false);
            return support.Reason is not { } reason
                ? Finding.Ok("namespaces", "the local cloud's instances run for real")
                : Finding.Warning(
                    "namespaces",
                    $"the local cloud runs nothing on its instances: {reason}",
                    "docs/local-cloud.md says what it needs; images for AWS do not need it.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private void Tool(string check, string program, string use, string source) =>
        Add(ProgramPath.Find(session.Environment.Value.GetValueOrDefault("PATH", ""), program) is { } path
            ? Finding.Ok(check, path)
            : Finding.Warning(check, $"{program} is not on the PATH", $"Only {use} needs it: {source}."));

    /// <summary>Looks, for so long and no longer; what fails, and what gives no answer, is a finding too.</summary>
    /// <returns>Whether it did not fail.</returns>
    private async Task<bool> BoundedAsync(string check, Func<CancellationToken, Task<Finding>> look)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(session.Stop);
        Finding finding;
        try
        {
            // Credentials may be looked for without a pause, where nothing can be awaited.
            finding = await Task.Run(() => look(stop.Token), session.Stop)
                .WaitAsync(limit, session.Time, session.Stop)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            finding = Finding.Failed(
                check,
                $"no answer within {limit.TotalSeconds:0} s",
                "Check the network, AWS_ENDPOINT_URL and a proxy on the way.");
        }
        catch (Exception error) when (!session.Stop.IsCancellationRequested && CloudFailure.Explain(error) is { } reason)
        {
            finding = Finding.Failed(check, reason.Message, reason.Remedy);
        }

        Add(finding);
        return finding.State != FindingState.Failed;
    }

    private void Add(Finding? finding)
    {
        if (finding is not null)
        {
            _findings.Add(finding);
        }
    }

    private void Print(ProgramVersion version, bool isJson)
    {
        var output = session.Terminal.Out;
        if (isJson)
        {
            output.WriteLine(new JObject
            {
                ["program"] = version.ToJson(),
                ["checks"] = new JArray(_findings.Select(finding => new JObject
                {
                    ["check"] = finding.Check,
                    ["state"] = Word(finding),
                    ["text"] = finding.Text,
                    ["remedy"] = finding.Remedy,
                })),
            }.Indented());
            return;
        }

        var width = _findings.Max(finding => finding.Check.Length);
        foreach (var finding in _findings)
        {
            output.WriteLine(
                finding.State == FindingState.Ok ? Tint.Good : finding.State == FindingState.Warning ? Tint.Warning : Tint.Bad,
                $"{Word(finding),-7}  {finding.Check.PadRight(width)}  {finding.Text}");
            if (finding.Remedy is { } remedy)
            {
                output.WriteLine($"{"",7}  {"".PadRight(width)}  {remedy}");
            }
        }
    }

    private static string Word(Finding finding) => finding.State switch
    {
        FindingState.Ok => "ok",
        FindingState.Warning => "warning",
        _ => "failed",
    };
}

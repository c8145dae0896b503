using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.LaunchTemplates;

/// <summary>EC2's launch templates.</summary>
internal sealed class LaunchTemplateService : ICloudService
{
    private readonly ComputeModel _compute;

    public LaunchTemplateService(CloudContext cloud, ComputeModel compute)
    {
        _compute = compute;
        Templates = new LaunchTemplateStore(cloud.Store.Table("launch-templates", LaunchTemplateJson.Default.LaunchTemplateRecord));
        compute.Launcher.ExpandTemplate = Templates.Expand;
        compute.Tags.Add("launch-template", "lt", Templates.Table, (record, tags) => record with { Tags = tags });
    }

    public LaunchTemplateStore Templates { get; }

    public void Register(Router router)
    {
        new LaunchTemplateActions(Templates).Register(router);
        new LaunchTemplateVersionActions(Templates, _compute).Register(router);
    }

    public void Reconcile(DateTimeOffset now)
    {
    }
}

using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Core.Discovery;

/// <summary>
/// Checks across the groups of each environment, or of a manifest without any, that what is needed is provided, that no groups wait for
/// each other, and that each pattern of <c>services_from</c> finds something somewhere.
/// </summary>
public static class ServiceGraphChecks
{
    public static void Check(NodeManifest manifest, DiagnosticBag diagnostics)
    {
        if (!Speaks(manifest.Source.Bytes))
        {
            return;
        }

        var (unused, used) = (new Dictionary<Position, ServicePattern>(), new HashSet<Position>());
        foreach (var environment in manifest.Environments.DefaultIfEmpty<ManifestEnvironment?>(null))
        {
            var within = manifest.In(environment);
            var groups = new List<ServiceGroup>();
            foreach (var entry in within.Groups)
            {
                // What is wrong with the group is told where it is read itself.
                if (AncestryChecks.Merged(entry, within, environment) is not { } merged)
                {
                    continue;
                }

                foreach (var pattern in MergedServices.Patterns(merged).Where(pattern => !used.Contains(pattern.Place)))
                {
                    if (MergedServices.Finds(merged, pattern))
                    {
                        used.Add(pattern.Place);
                    }
                    else
                    {
                        unused[pattern.Place] = pattern;
                    }
                }

                if (ServiceGroup.Of(merged) is { } group)
                {
                    groups.Add(group);
                }
            }

            CheckNeeds(new ServiceGraph(groups), environment, diagnostics);
        }

        foreach (var (place, pattern) in unused.Where(each => !used.Contains(each.Key)))
        {
            diagnostics.Warning(
                DiagnosticCode.BadValue,
                place,
                $"services_from has {Quoting.Quote(pattern.Text)}, and no run list has an item of that form.",
                "Correct the pattern, or remove it; --strict makes this an error.");
        }
    }

    /// <summary>Whether the text can have one of the attributes that are checked here: most manifests have none, and are large.</summary>
    private static bool Speaks(ReadOnlySpan<byte> text) =>
        text.IndexOf("needs"u8) >= 0 || text.IndexOf("services_from"u8) >= 0 || text.IndexOf("\\u"u8) >= 0;

    private static void CheckNeeds(ServiceGraph graph, ManifestEnvironment? environment, DiagnosticBag diagnostics)
    {
        var provided = graph.Groups.SelectMany(group => group.Provides.Select(service => service.Name.ToString())).Distinct().ToList();
        foreach (var group in graph.Groups)
        {
            foreach (var need in group.Needs.Where(need => !need.IsOptional && !graph.ProvidersFor(group, need).Any()))
            {
                if (graph.ProvidersOf(need.Name).FirstOrDefault() is { } far)
                {
                    diagnostics.Error(
                        DiagnosticCode.Conflict,
                        need.Place,
                        $"{group.Name} is in {group.Region}, and needs {need.Name}, which {far.Name} provides in {far.Region}: "
                            + "services find each other within a Region.",
                        $"Let a group in {group.Region} provide it, or write {{\"optional\": true}}.");
                    continue;
                }

                diagnostics.Error(
                    DiagnosticCode.BadValue,
                    need.Place,
                    $"{group.Name} needs the service {Quoting.Quote(need.Name)}, and no group"
                        + (environment is null ? " provides it." : $" of {environment.Name} provides it."),
                    DidYouMean.Suggest(need.Name, provided, "Name it in the \"provides\" of a group, or write {\"optional\": true}."));
            }
        }

        foreach (var circle in graph.Circles())
        {
            diagnostics.Error(
                DiagnosticCode.Conflict,
                circle.Need.Place,
                $"{circle.Group.Name} would wait for itself: {circle.Way}.",
                "Write {\"optional\": true} for one of these needs.");
        }
    }
}

using System.Collections.Immutable;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.PackerEngine;

/// <summary>What HashiCorp Packer is to build.</summary>
public sealed record PackerOrder
{
    public required string Group { get; init; }

    /// <summary>The rendered template.</summary>
    public required string TemplatePath { get; init; }

    /// <summary>Where the template's manifest post-processor records the result (<c>builds/GROUP.packer.json</c>).</summary>
    public required string RecordPath { get; init; }

    public required string WorkingFolder { get; init; }

    /// <summary>
    /// The template's variables: <c>endpoint</c>, <c>rehearsal</c>, <c>run</c>, <c>fingerprint</c>, … No secret: others can
    /// read them in the process list.
    /// </summary>
    public ImmutableArray<KeyValuePair<string, string>> Variables { get; init; } = [];

    /// <summary>Environment variables besides our own; credentials go this way.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>Packer's <c>-on-error=abort</c>: leave what a failed build made.</summary>
    public bool KeepOnError { get; init; }

    /// <summary>Is told the packages that the payload has listed on the instance, where one did.</summary>
    public Action<PackageListing> TellPackages { get; init; } = _ => { };
}

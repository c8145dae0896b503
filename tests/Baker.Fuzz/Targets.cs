using System.Text;
using Amazon.Runtime;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.LocalCloud.Objects;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Storage;

namespace Baker.Fuzz;

/// <summary>What reads other people's bytes, each as a method that throws where it does what it never may.</summary>
internal static class Targets
{
    private static readonly string s_journal = Path.Combine(Path.GetTempPath(), $"baker-fuzz-{Environment.ProcessId}.jsonl");

    public static IReadOnlyDictionary<string, Action<byte[]>> All { get; } = new SortedDictionary<string, Action<byte[]>>(StringComparer.Ordinal)
    {
        ["cbor"] = bytes => Request("monitoring", $"/service/GraniteServiceVersion20100801/operation/{Line(ref bytes)}", null, bytes),
        ["journal"] = Journal,
        ["json"] = bytes => Request("ssm", "/", "AmazonSSM." + Line(ref bytes), bytes),
        ["manifest"] = Manifest,
        ["outline"] = bytes => OutlineReader.Read(new SourceText("nodes.json", bytes), new DiagnosticBag(new SourceText("nodes.json", bytes))),
        ["query"] = bytes => Request(Line(ref bytes) is "autoscaling" ? "autoscaling" : "ec2", "/", null, bytes),
        ["service-entry"] = ServiceEntryOf,
        ["template"] = Template,
        ["xml"] = bytes => Allowing<CloudException>(() => ObjectDeletion.Keys(bytes)),
    };

    /// <summary>The manifest, and every group of it merged and typed.</summary>
    private static void Manifest(byte[] bytes)
    {
        var manifest = ManifestReader.Read(new SourceText("nodes.json", bytes));
        ServiceGraphChecks.Check(manifest, new DiagnosticBag(manifest.Source));
        foreach (var entry in manifest.HasErrors ? [] : manifest.Groups)
        {
            var diagnostics = new DiagnosticBag(manifest.Source);
            if (GroupReader.ReadOne(manifest, entry, diagnostics) is { } merged && !diagnostics.HasErrors)
            {
                NodeGroupBuilder.Build(merged);
            }
        }
    }

    /// <summary>A request, as far as the objects that an action is given.</summary>
    private static void Request(string service, string path, string? target, byte[] body) => Allowing<WireException>(() =>
    {
        if (WireCall.Identify(service, path, target, body) is { } call)
        {
            _ = call.Codec.Decode(call.Action, body) is AmazonWebServiceRequest;
        }
    });

    private static void Journal(byte[] bytes)
    {
        File.WriteAllBytes(s_journal, bytes);
        Allowing<StateDamagedException>(() => JournalReader.Read(s_journal, []));
    }

    /// <summary>An entry of the catalogue, which is written as it is read.</summary>
    private static void ServiceEntryOf(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        _ = CatalogChange.TryParse(text);
        if (ServiceEntry.TryParse(text) is { } entry && ServiceEntry.TryParse(entry.ToText()) != entry)
        {
            throw new InvalidOperationException($"{entry} is written as {entry.ToText()}, which is another.");
        }
    }

    private static void Template(byte[] bytes) =>
        Allowing<BakerException>(() => PackerTemplate.Read("templates/own.sbn", Encoding.UTF8.GetString(bytes), PackerFormat.Json));

    private static void Allowing<T>(Action action) where T : Exception
    {
        try
        {
            action();
        }
        catch (T)
        {
            // The words for what is wrong with it.
        }
    }

    /// <summary>The first line, such as the name of an action; what follows it stays.</summary>
    private static string Line(ref byte[] bytes)
    {
        var end = Array.IndexOf(bytes, (byte)'\n');
        var line = Encoding.UTF8.GetString(bytes, 0, Math.Max(0, end));
        bytes = bytes[(end + 1)..];
        return line;
    }
}

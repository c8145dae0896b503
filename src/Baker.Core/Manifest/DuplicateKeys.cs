namespace Baker.Core.Manifest;

/// <summary>Reports keys that an object has twice; most objects are small and allocate nothing here.</summary>
internal static class DuplicateKeys
{
    private const int Few = 12;

    public static void Report(ManifestValue item, int count, DiagnosticBag diagnostics)
    {
        if (count < 2)
        {
            return;
        }

        if (count <= Few)
        {
            ReportFew(item, diagnostics);
            return;
        }

        var seen = new Dictionary<string, int>(count);
        foreach (var (name, _) in item.Properties)
        {
            var text = name.Text;
            if (!seen.TryAdd(text, name.Index))
            {
                Add(name, name.Sibling(seen[text]), diagnostics);
            }
        }
    }

    public static void Add(ManifestValue again, ManifestValue first, DiagnosticBag diagnostics) => diagnostics.Error(
        DiagnosticCode.DuplicateKey,
        again,
        $"The key {Quoting.Quote(again.Text)} stands here a second time; the first is at {first.Position}.",
        "Remove one of them, or merge their values.");

    private static void ReportFew(ManifestValue item, DiagnosticBag diagnostics)
    {
        Span<int> earlier = stackalloc int[Few];
        var count = 0;
        foreach (var (name, _) in item.Properties)
        {
            foreach (var index in earlier[..count])
            {
                var first = name.Sibling(index);
                if (first.TextEquals(name))
                {
                    Add(name, first, diagnostics);
                    break;
                }
            }

            earlier[count++] = name.Index;
        }
    }
}

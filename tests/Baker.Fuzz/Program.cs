using Baker.Fuzz;
using SharpFuzz;

// usage: Baker.Fuzz TARGET          under afl-fuzz, which gives one input after another
//        Baker.Fuzz TARGET FILE...  each of these inputs once: what a crash was made of, or the corpus; as the solution builds it, since
//                                   what `run` has instrumented only works under afl-fuzz
if (args is not [var name, .. var files] || !Targets.All.TryGetValue(name, out var target))
{
    throw new ArgumentException($"usage: Baker.Fuzz TARGET [FILE...], with a TARGET of {string.Join(", ", Targets.All.Keys)}");
}

if (files.Length == 0)
{
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        target(bytes.ToArray());
    });
}

foreach (var file in files)
{
    target(File.ReadAllBytes(file));
}

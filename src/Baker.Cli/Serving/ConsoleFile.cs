namespace Baker.Cli.Serving;

/// <summary>A file of the page, out of the program itself.</summary>
internal sealed record ConsoleFile(string Type, byte[] Bytes)
{
    /// <summary>The file at a path; null where there is none.</summary>
    public static ConsoleFile? Of(string? path) => path switch
    {
        "/" => Read("index.html", "text/html; charset=utf-8"),
        "/console.css" => Read("console.css", "text/css; charset=utf-8"),
        "/console.js" => Read("console.js", "text/javascript; charset=utf-8"),
        "/morph.js" => Read("morph.js", "text/javascript; charset=utf-8"),
        "/views.js" => Read("views.js", "text/javascript; charset=utf-8"),
        "/icon.svg" => Read("icon.svg", "image/svg+xml"),
        _ => null,
    };

    private static ConsoleFile Read(string name, string type)
    {
        using var stream = typeof(ConsoleFile).Assembly.GetManifestResourceStream("console/" + name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new ConsoleFile(type, bytes);
    }
}

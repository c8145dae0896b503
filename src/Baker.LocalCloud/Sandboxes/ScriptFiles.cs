namespace Baker.LocalCloud.Sandboxes;

/// <summary>The shell scripts of this assembly, written where sh can run them.</summary>
internal static class ScriptFiles
{
    private static readonly string[] s_names = ["init.sh", "ssh.sh", "command.sh", "chef-solo", "cloud-init"];

    public static void WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in s_names)
        {
            using var stream = typeof(ScriptFiles).Assembly.GetManifestResourceStream(name)!;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            var path = Path.Combine(folder, name);
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(content.GetBuffer().AsSpan(0, (int)content.Length)))
            {
                File.WriteAllBytes(path + ".new", content.ToArray());
                File.Move(path + ".new", path, overwrite: true);
            }
        }
    }
}

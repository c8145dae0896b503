namespace Baker.Cli.Sessions;

/// <summary>Masks an output that comes in pieces: a secret may begin in one and end in the next.</summary>
internal sealed class MaskedOutput(Masks masks)
{
    private string _held = "";

    /// <summary>What can be shown by now.</summary>
    public string Add(string text)
    {
        var all = _held + text;
        var shown = masks.In(all, out var held, isWhole: false);
        _held = all[^held..];
        return shown;
    }

    /// <summary>At the end of the output: the rest.</summary>
    public string End()
    {
        var shown = masks.In(_held);
        _held = "";
        return shown;
    }
}

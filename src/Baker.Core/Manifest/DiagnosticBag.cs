namespace Baker.Core.Manifest;

/// <summary>Collects what is wrong with one text.</summary>
public sealed class DiagnosticBag(SourceText source)
{
    private readonly List<Diagnostic> _all = [];

    public IReadOnlyList<Diagnostic> All => _all;

    public int Count => _all.Count;

    public bool HasErrors { get; private set; }

    public void Error(string code, int offset, string message, string remedy) =>
        Add(Severity.Error, code, source.PositionOf(offset), message, remedy);

    public void Error(string code, ManifestValue value, string message, string remedy) =>
        Add(Severity.Error, code, value.Position, message, remedy);

    public void Error(string code, Position position, string message, string remedy) =>
        Add(Severity.Error, code, position, message, remedy);

    public void Warning(string code, ManifestValue value, string message, string remedy) =>
        Add(Severity.Warning, code, value.Position, message, remedy);

    public void Warning(string code, Position position, string message, string remedy) =>
        Add(Severity.Warning, code, position, message, remedy);

    public Position PositionOf(int offset) => source.PositionOf(offset);

    private void Add(Severity severity, string code, Position position, string message, string remedy)
    {
        HasErrors |= severity == Severity.Error;
        _all.Add(new Diagnostic(severity, code, source.Name, position, message, remedy));
    }
}

namespace Baker.Cloud.Images;

/// <summary>Who is told how bakes go, as it happens; called from several threads.</summary>
public interface IBakeWatcher
{
    /// <summary>A step began; <paramref name="expected"/> is how long it took before.</summary>
    void StepBegan(string group, string step, TimeSpan? expected);

    /// <summary>Output of the provisioning, as it comes; not necessarily whole lines.</summary>
    void Output(string group, string text);

    /// <summary>Something a person should know; an empty group means the whole run.</summary>
    void Note(string group, string text);

    void Ended(BakeResult result);
}

namespace Baker.LocalCloud.Routing;

/// <summary>A part of the local cloud: registers what it answers, and moves its resources on as time passes.</summary>
internal interface ICloudService
{
    void Register(Router router);

    /// <summary>
    /// Called under the cloud's lock in a transaction, before every call and several times a second: advance what is due.
    /// Keep it cheap; what happens at a known time belongs in <see cref="Running.Agenda"/>.
    /// </summary>
    void Reconcile(DateTimeOffset now);
}

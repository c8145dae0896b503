namespace Baker.LocalCloud.Routing;

/// <summary>A service whose protocol is not generated.</summary>
internal interface IRawService
{
    /// <summary>Whether a body stays as it came, because its <c>Content-Encoding</c> is the object's own.</summary>
    bool KeepsContentCoding => false;

    /// <summary>The action that a request asks for; for faults and counts.</summary>
    string ActionOf(CloudRequest request);

    /// <summary>Answers under the cloud's lock, in a transaction.</summary>
    CloudResponse Answer(Call call, CloudRequest request);

    CloudResponse AnswerError(CloudException error, string requestId);
}

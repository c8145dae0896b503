namespace Baker.Cloud.Communicators;

/// <summary>A way to reach one instance: waits until it is there, brings a payload, runs it, and removes its own traces.</summary>
internal interface ICommunicator : IAsyncDisposable
{
    /// <summary>Waits until commands can be run on the instance.</summary>
    /// <exception cref="Core.BakerException">It did not come in time, or never will.</exception>
    Task UntilReadyAsync(CancellationToken stop);

    /// <summary>
    /// Brings a payload (<see cref="Core.Artifacts.Payload"/>) to the instance, or to where the instance fetches it from.
    /// </summary>
    Task SendAsync(byte[] payload, CancellationToken stop);

    /// <summary>Brings the secret of encrypted data bags into the instance's memory, from where <c>run.sh</c> removes it.</summary>
    Task SendSecretAsync(ReadOnlyMemory<byte> secret, CancellationToken stop);

    /// <summary>Unpacks the payload and runs it as root; its output is given on as it comes, not necessarily in whole lines.</summary>
    /// <returns>How it ended. With exit code 0 the payload is gone from the instance, and a bake's log is in
    /// <c>/var/log/baker</c>.</returns>
    Task<ProvisionEnd> RunAsync(Action<string> output, CancellationToken stop);

    /// <summary>Takes from the instance what an image of it must not have: what the communicator itself put there.</summary>
    Task LeaveAsync(CancellationToken stop);
}

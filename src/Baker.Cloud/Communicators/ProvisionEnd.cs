namespace Baker.Cloud.Communicators;

/// <summary>How a provisioning ended.</summary>
/// <param name="Cause">Why, where the exit code does not say it.</param>
internal sealed record ProvisionEnd(int Code, string? Cause)
{
    private const int Signals = 128;

    /// <param name="word">What the instance says of it (<see cref="ProvisionCommand.Rebooted"/>, …); empty where that is nothing.</param>
    public static ProvisionEnd Of(int code, string word) => new(code, word switch
    {
        ProvisionCommand.Rebooted =>
            "the instance was rebooted while it ran. A script that needs a reboot ends with exit code 194: then it is run again after it",
        ProvisionCommand.Lost => "the process that ran it was ended from outside",
        _ when code == ProvisionCommand.RebootCode =>
            "it asked for a reboot, which SSH does not give, or for another one after as many as SSM's agent allows (15)",
        _ when IsSignal(code) => $"it was ended by signal {code - Signals}",
        _ => null,
    });

    /// <summary>Whether a process that ended so was killed: by itself, or because the machine went down.</summary>
    public static bool IsSignal(int code) => code is > Signals and <= Signals + 31;
}

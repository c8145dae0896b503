using Baker.Core.Manifest;
using Baker.Core.Planning;

namespace Baker.Core.Discovery;

/// <summary>One step of a change to the catalogue.</summary>
public abstract record ServiceStep : ChangeStep
{
    private ServiceStep()
    {
    }

    public sealed record Withdraw(ServiceName Service, string Instance, string Region) : ServiceStep
    {
        public override string Key => "withdraw";

        public override string Text => $"withdraw {Service} on {Instance} in {Region}, so that others stop using it";
    }

    /// <param name="Why">Why nobody can be using it.</param>
    public sealed record Remove(ServiceName Service, string Instance, string Region, string Why) : ServiceStep
    {
        public override string Key => "remove";

        public override string Text => $"remove {Service} on {Instance} in {Region} from the catalogue: {Why}";
    }
}

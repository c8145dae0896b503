namespace Baker.Core.Planning;

/// <summary>One step of a change to an instance outside any fleet.</summary>
public abstract record InstanceStep : ChangeStep
{
    private InstanceStep()
    {
    }

    public sealed record ImportKey(string Name, string File) : InstanceStep
    {
        public override string Key => "key-pair";

        public override string Text => $"import the public half of {File} as key pair {Name}";
    }

    /// <param name="Where">The zone, or the zones one of which it will be.</param>
    public sealed record Launch(string Group, string Name, string? Type, string Image, string Where) : InstanceStep
    {
        public override string Key => "launch";

        public override string Text => $"launch {Type} {Name} of {Group} with {Image} in {Where}";
    }

    /// <param name="File">With a placeholder for the instance's id, which is not known yet.</param>
    public sealed record WriteDna(string File) : InstanceStep
    {
        public override string Key => "dna";

        public override string Text => $"write {File}";
    }

    /// <param name="TargetGroups">Their names, with commas between.</param>
    public sealed record Join(string Name, string TargetGroups) : InstanceStep
    {
        public override string Key => "join";

        public override string Text => $"register {Name} in {TargetGroups}, and wait until it is healthy";
    }

    /// <param name="Services">Their names, with commas between.</param>
    public sealed record Withdraw(string Id, string Services) : InstanceStep
    {
        public override string Key => "withdraw";

        public override string Text => $"withdraw {Services} on {Id} from the catalogue, so that others stop using it";
    }

    /// <param name="Services">Their names, with commas between.</param>
    public sealed record RemoveEntries(string Id, string Services) : InstanceStep
    {
        public override string Key => "entries";

        public override string Text => $"remove {Services} on {Id} from the catalogue";
    }

    public sealed record Leave(string Id, string TargetGroups) : InstanceStep
    {
        public override string Key => "leave";

        public override string Text => $"take {Id} out of {TargetGroups}, and wait until no request is under way";
    }

    public sealed record Terminate(string Id, string What) : InstanceStep
    {
        public override string Key => "terminate";

        public override string Text => $"terminate {Id} ({What})";
    }
}

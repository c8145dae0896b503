namespace Baker.Core.Planning;

/// <summary>One step of taking a sick node out of service and out of its fleet, without ending it.</summary>
public abstract record QuarantineStep(string Id) : ChangeStep
{
    public sealed record Mark(string Id) : QuarantineStep(Id)
    {
        public override string Key => "mark";

        public override string Text => $"mark {Id} as quarantined, so that no deploy and no inventory has it";
    }

    /// <param name="Services">Their names, with commas between.</param>
    public sealed record Withdraw(string Id, string Services) : QuarantineStep(Id)
    {
        public override string Key => "withdraw";

        public override string Text => $"withdraw {Services} on {Id} from the catalogue";
    }

    public sealed record Detach(string Id, string Fleet) : QuarantineStep(Id)
    {
        public override string Key => "detach";

        public override string Text => $"take {Id} out of {Fleet}, which replaces it";
    }

    /// <param name="TargetGroups">Their names, with commas between.</param>
    public sealed record Leave(string Id, string TargetGroups) : QuarantineStep(Id)
    {
        public override string Key => "leave";

        public override string Text => $"take {Id} out of {TargetGroups}, and wait until no request is under way";
    }
}

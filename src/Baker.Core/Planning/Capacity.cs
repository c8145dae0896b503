namespace Baker.Core.Planning;

/// <summary>How many instances an Auto Scaling group may have and should have.</summary>
public sealed record Capacity(int Min, int Max, int Desired)
{
    public override string ToString() => $"{Desired} (minimum {Min}, maximum {Max})";
}

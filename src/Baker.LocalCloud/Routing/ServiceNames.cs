namespace Baker.LocalCloud.Routing;

/// <summary>Services by the names that requests are signed for.</summary>
internal static class ServiceNames
{
    public const string Compute = "ec2";

    public const string Systems = "ssm";

    public const string Objects = "s3";
}

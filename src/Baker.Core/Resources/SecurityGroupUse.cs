namespace Baker.Core.Resources;

/// <summary>An instance that has a security group.</summary>
/// <param name="SecurityGroup">Its id.</param>
/// <param name="Instance">The instance's id.</param>
/// <param name="Fleet">The instance's Auto Scaling group; null where it stands alone.</param>
public sealed record SecurityGroupUse(string SecurityGroup, string Instance, string? Fleet);

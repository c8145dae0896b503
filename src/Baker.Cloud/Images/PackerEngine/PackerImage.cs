namespace Baker.Cloud.Images.PackerEngine;

/// <summary>An image that HashiCorp Packer made.</summary>
public sealed record PackerImage(string Region, string ImageId);

using System.Text.Json.Serialization;

namespace Baker.LocalCloud.Compute.Records;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(InstanceRecord))]
[JsonSerializable(typeof(ImageRecord))]
[JsonSerializable(typeof(SnapshotRecord))]
[JsonSerializable(typeof(VolumeRecord))]
[JsonSerializable(typeof(KeyPairRecord))]
[JsonSerializable(typeof(SecurityGroupRecord))]
[JsonSerializable(typeof(VpcRecord))]
[JsonSerializable(typeof(SubnetRecord))]
[JsonSerializable(typeof(InternetGatewayRecord))]
[JsonSerializable(typeof(NatGatewayRecord))]
[JsonSerializable(typeof(RouteTableRecord))]
[JsonSerializable(typeof(AddressRecord))]
[JsonSerializable(typeof(InterfaceRecord))]
[JsonSerializable(typeof(NetworkAclRecord))]
[JsonSerializable(typeof(EndpointRecord))]
[JsonSerializable(typeof(PrefixListRecord))]
internal sealed partial class ComputeJson : JsonSerializerContext;

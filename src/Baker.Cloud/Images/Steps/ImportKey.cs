using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Communicators;

namespace Baker.Cloud.Images.Steps;

/// <summary>Makes the key that the instance is logged in to with, and imports its public half as a key pair of this run.</summary>
internal sealed class ImportKey : BakeWork
{
    public override string Name => "key pair";

    public override string Describe(Bake bake) => bake.Group.Ssh switch
    {
        { UsesAgent: true } => "import the key of the ssh-agent under a name of this run",
        { PrivateKeyFile: { } file } => $"import the public half of {file} under a name of this run",
        _ => "make an Ed25519 key in memory and import its public half",
    };

    public override bool Applies(Bake bake) => bake.NeedsAccess;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        bake.Identity = SshIdentity.Of(bake.Group.Ssh, bake.Region.Clients.Ssh);
        bake.KeyName = AccessRemoval.NameOf(bake);
        var request = new ImportKeyPairRequest
        {
            KeyName = bake.KeyName,
            PublicKeyMaterial = Convert.ToBase64String(Encoding.UTF8.GetBytes(bake.Identity.PublicHalf)),
            TagSpecifications =
                [new TagSpecification { ResourceType = ResourceType.KeyPair, Tags = bake.Tags(bake.KeyName) }],
        };
        try
        {
            // What was asked for must be known: the call is not broken off.
            var answer = await bake.Region.Pacer.SendAsync(
                bake.Region.Clients.EC2.ImportKeyPairAsync,
                request,
                stop,
                breaksOff: false).ConfigureAwait(false);
            bake.KeyPairId = answer.KeyPairId;
            bake.Hold(answer.KeyPairId);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidKeyPair.Duplicate")
        {
            // Nobody else has the name: an earlier reply was lost.
        }
    }

    public override async Task CleanUpAsync(Bake bake, CancellationToken stop)
    {
        bake.Identity?.Dispose();
        if (bake.KeyName is { } name)
        {
            await AccessRemoval.DeleteKeyAsync(bake.Region, name, stop).ConfigureAwait(false);
            bake.KeyName = null;
            if (bake.KeyPairId is { } id)
            {
                bake.LetGo(id);
            }
        }
    }
}

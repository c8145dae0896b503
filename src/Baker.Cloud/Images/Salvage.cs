using System.Collections.Immutable;
using Baker.Core.Planning;

namespace Baker.Cloud.Images;

/// <summary>One thing that is done with what a dead run left, or with what a failed one kept.</summary>
/// <param name="Group">The node group; empty where the tags do not tell.</param>
/// <param name="Id">What it is done with.</param>
public abstract record Salvage(string Group, string Id) : ChangeStep
{
    public sealed override string Key => Id;

    /// <summary>With the group, for a list of several groups' steps.</summary>
    public string Line => Group.Length == 0 ? Text : $"{Group}: {Text}";

    internal sealed record EndInstance(RecoveryFind Instance) : Salvage(Instance.Group, Instance.Id)
    {
        public override string Text => $"terminate instance {Id}, {Origin} ({Instance.Run})";

        private string Origin => Instance.IsKept ? $"which a failed bake of {Group} kept" : "left by a run that died";
    }

    internal sealed record DeleteSnapshot(RecoveryFind Snapshot) : Salvage(Snapshot.Group, Snapshot.Id)
    {
        public override string Text => $"delete snapshot {Id}, left by a run that died ({Snapshot.Run})";
    }

    internal sealed record DeleteVolume(RecoveryFind Volume) : Salvage(Volume.Group, Volume.Id)
    {
        public override string Text => $"delete volume {Id}, left by a run that died ({Volume.Run})";
    }

    /// <summary>Finishes an image, or removes it where it failed; then the instances that it was made of go.</summary>
    internal sealed record FinishImage(KnownImage Image, ImmutableArray<RecoveryFind> Instances) : Salvage(Image.Group ?? "", Image.Id)
    {
        public override string Text
        {
            get
            {
                var what = $"image {Id} ({Image.Name}), begun by a run that died ({Image.Run})";
                var then = Instances.IsEmpty
                    ? ""
                    : $"; then terminate instance {string.Join(", ", Instances.Select(instance => instance.Id))}";
                return Image.State switch
                {
                    "available" => $"finish {what}{then}",
                    "pending" => $"wait for {what}, and finish it{then}",
                    _ => $"remove {what}: it is {Image.State}{then}",
                };
            }
        }
    }

    internal sealed record DeleteKey(RecoveryFind Pair) : Salvage(Pair.Group, Pair.Id)
    {
        public override string Text => $"delete key pair {Id}, left by a run that died ({Pair.Run})";
    }

    internal sealed record DeleteSecurityGroup(RecoveryFind Found) : Salvage(Found.Group, Found.Id)
    {
        public override string Text => $"delete security group {Id}, {Origin} ({Found.Run})";

        private string Origin =>
            Found.IsKept ? $"which let in to an instance that a failed bake of {Group} kept" : "left by a run that died";
    }
}

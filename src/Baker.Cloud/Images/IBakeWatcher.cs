using Baker.Cloud.Changes;

namespace Baker.Cloud.Images;

/// <summary>Who is told how bakes go, and how each ended.</summary>
public interface IBakeWatcher : IChangeWatcher
{
    void Ended(BakeResult result);
}

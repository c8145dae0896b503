using System.Globalization;

namespace Baker.Core.Planning;

/// <summary>A step by which a maintenance notice comes or goes.</summary>
public abstract record NoticeStep : ChangeStep
{
    /// <summary>The steps that put a notice on, in their order; each can be done again.</summary>
    public static IEnumerable<NoticeStep> On(NoticeRecord notice) =>
    [
        new Write(notice, $"write down what {Count(notice)} now"),
        .. notice.Keepers.Select(keeper => new Keep(keeper)),
        .. notice.Places.Select(place => new Show(place)),
    ];

    /// <summary>The steps that take it away.</summary>
    public static IEnumerable<NoticeStep> Off(NoticeRecord notice) =>
    [
        new Write(notice with { Ends = true }, "write down that the notice goes"),
        .. notice.Places.Select(place => new Restore(place)),
        .. notice.Keepers.Select(keeper => new Release(keeper)),
        new Close(),
    ];

    private static string Count(NoticeRecord notice) => notice.Places.Length == 1
        ? "1 rule does"
        : string.Create(CultureInfo.InvariantCulture, $"{notice.Places.Length} rules do");

    public sealed record Write(NoticeRecord Notice, string Words) : NoticeStep
    {
        public override string Key => "journal";

        public override string Text => Words;
    }

    public sealed record Keep(NoticeKeeper Keeper) : NoticeStep
    {
        public override string Key => "keep";

        public override string Text => string.Create(
            CultureInfo.InvariantCulture,
            $"keep the targets checked, by a rule that no request matches (priority {Keeper.Priority})");
    }

    public sealed record Show(NoticePlace Place) : NoticeStep
    {
        public override string Key => "notice";

        public override string Text => $"put the notice on {Place.Name}";
    }

    public sealed record Restore(NoticePlace Place) : NoticeStep
    {
        public override string Key => "restore";

        public override string Text => $"give {Place.Name} back what it did";
    }

    public sealed record Release(NoticeKeeper Keeper) : NoticeStep
    {
        public override string Key => "release";

        public override string Text =>
            string.Create(CultureInfo.InvariantCulture, $"remove the rule that kept the targets checked (priority {Keeper.Priority})");
    }

    public sealed record Close : NoticeStep
    {
        public override string Key => "close";

        public override string Text => "remove what was written down";
    }
}

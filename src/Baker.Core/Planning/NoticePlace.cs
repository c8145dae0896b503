namespace Baker.Core.Planning;

/// <summary>A rule of a listener that a maintenance notice stands at, or the listener's default action.</summary>
/// <param name="Arn">The rule; of a default action its listener.</param>
/// <param name="Name">For people.</param>
/// <param name="Stood">Which of <see cref="NoticeRecord.Stood"/> it had.</param>
public sealed record NoticePlace(string Arn, string Name, int Stood, bool IsDefault);

/// <summary>A rule that no request matches.</summary>
/// <param name="Stood">Which of <see cref="NoticeRecord.Stood"/> it has.</param>
public sealed record NoticeKeeper(string Listener, int Priority, int Stood);

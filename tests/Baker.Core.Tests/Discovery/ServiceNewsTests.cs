using Baker.Core.Discovery;
using Baker.Core.Manifest;

namespace Baker.Core.Tests.Discovery;

/// <summary>What is told of two looks at the catalogue.</summary>
internal sealed class ServiceNewsTests
{
    private static readonly ServiceHealth s_serving = new("serving", null);

    [Test]
    public void Between_TheSameTwice_IsNothing() =>
        Assert.That(Between([(Entry("i-1"), s_serving)], [(Entry("i-1") with { Since = DateTimeOffset.UnixEpoch.AddDays(1) }, s_serving)]), Is.Empty);

    [Test]
    public void Between_WhatCameWentAndTurned_IsOneEach()
    {
        var unwell = new ServiceHealth("unwell", "marked unhealthy by Auto Scaling");
        Assert.That(
            Between(
                [(Entry("i-1"), s_serving), (Entry("i-2"), s_serving), (Entry("i-3"), unwell), (Entry("i-5"), s_serving)],
                [(Entry("i-1"), unwell), (Entry("i-3"), s_serving), (Entry("i-4"), s_serving), (Entry("i-5") with { State = ServiceState.Leaving }, new("leaving", null))]),
            Is.EqualTo(new[] { "i-1 unwell marked unhealthy by Auto Scaling", "i-2 gone ", "i-3 serving ", "i-4 came ", "i-5 leaving " }));
    }

    [Test]
    public void Between_AnEntryThatMoved_CameAgain() =>
        Assert.That(Between([(Entry("i-1"), s_serving)], [(Entry("i-1") with { Port = 81 }, s_serving)]), Is.EqualTo(new[] { "i-1 came " }));

    [Test]
    public void Between_TheSameInTwoRegions_IsTheOneThatLives() => Assert.That(
        Between(
            [(Entry("i-1"), new("dead", "there is no such instance")), (Entry("i-1"), s_serving)],
            [(Entry("i-1"), new("dead", "there is no such instance")), (Entry("i-1"), new("leaving", null))]),
        Is.EqualTo(new[] { "i-1 leaving " }));

    private static string[] Between(IEnumerable<(ServiceEntry, ServiceHealth)> before, IEnumerable<(ServiceEntry, ServiceHealth)> now) =>
        [.. ServiceNews.Between(before, now).Select(news => $"{news.Entry.Instance} {news.Word} {news.Reason}")];

    private static ServiceEntry Entry(string instance) => new()
    {
        Service = ServiceName.Parse("front"),
        Group = GroupName.Parse("www"),
        Instance = instance,
        Address = "10.0.0.1",
        Port = 80,
        Since = DateTimeOffset.UnixEpoch,
    };
}

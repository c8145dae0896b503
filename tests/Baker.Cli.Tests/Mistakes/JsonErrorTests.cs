using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Mistakes;

/// <summary>What a program is told of an error, and how many lines many mistakes of a kind take.</summary>
public sealed class JsonErrorTests
{
    [Test]
    public async Task Error_OfTheManifest_HasItsCodeItsPlaceAndAllOthers()
    {
        using var project = new TestProject("{\n  \"a\": {\"region\": 5, \"colour\": 1},\n  \"b\": {\"region\": []}\n}");

        var run = await project.RunAsync("node:list", "--json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("nodes.json:2:19: error BK008").And.EndWith("Nothing was done.\n"));
        Assert.That(((int)run.Failure["code"]!, (string?)run.Failure["diagnostic"], (string?)run.Failure["message"]), Is.EqualTo((1, "BK008", "nodes.json has 2 errors and 1 warning.")));
        Assert.That(run.Failure["place"], Is.EqualTo(JObject.Parse("""{"file": "nodes.json", "line": 2, "column": 19}""")).Using<JToken>(JToken.DeepEquals));
        Assert.That(run.Failure["diagnostics"]!.Select(each => $"{each["severity"]} {each["diagnostic"]} {each["place"]!["line"]}"), Is.EqualTo(new[] { "error BK008 2", "warning BK011 2", "error BK008 3" }));
    }

    [TestCase("node:list --jsn --json", "node:list has no option \"--jsn\".")]
    [TestCase("node:lst --json", "There is no command \"node:lst\".")]
    [TestCase("node:show nobody --json", "nodes.json has no group \"nobody\".")]
    public async Task Error_OfTheArguments_IsToldToo(string line, string message)
    {
        using var project = new TestProject("{\"a\": {}}");

        var run = await project.RunAsync(line.Split(' '));

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(((string?)run.Failure["message"], (int)run.Failure["code"]!), Is.EqualTo((message, 1)));
        Assert.That(((string?)run.Failure["remedy"], run.Failure["place"]!.Type), Is.EqualTo(((string?)run.Failure["remedy"], JTokenType.Null)));
        Assert.That(run.Error, Does.StartWith($"package: {message}"));
    }

    [Test]
    public async Task Error_WithoutJson_LeavesStandardOutputEmpty()
    {
        using var project = new TestProject("{\"a\": {}}");

        Assert.That((await project.RunAsync("node:show", "nobody")).Out, Is.Empty);
        Assert.That((await project.RunAsync("instance:run", "nobody", "--cloud", "moon", "--", "true", "--json")).Out, Is.Empty, "it is the other program's");
    }

    [Test]
    public async Task Error_WhereTheCloudRefuses_HasTheIdOfTheRequest()
    {
        using var project = new TestProject("{\"__settings__\": {\"cloud\": \"local\"}, \"a\": {}}") { Network = cloud => new Refusing { InnerHandler = cloud } };

        var run = await project.RunAsync("image:list", "--json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
        Assert.That((string?)run.Failure["request_id"], Is.EqualTo("req-1"), run.Out);
    }

    [Test]
    public async Task Warnings_OfOneKindInTenThousandGroups_TakeTwoLines()
    {
        using var project = new TestProject($"{{{string.Join(",\n", Enumerable.Range(0, 10_000).Select(number => $"\"g{number}\": {{\"colour\": 1}}"))},\n\"last\": {{\"zzzz\": 1}}}}");

        var run = await project.RunAsync("node:list");
        var strict = await project.RunAsync("node:list", "--strict", "--json");

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Error, Is.EqualTo("""
            nodes.json:1:9: warning BK011: g0 has an attribute "colour" that Baker does not know. (10000 like this, the last at 10000:11)
                It is passed to templates as it stands; --strict makes this an error.
            nodes.json:10001:10: warning BK011: last has an attribute "zzzz" that Baker does not know.
                It is passed to templates as it stands; --strict makes this an error.
            package node:list --strict --json lists every place.

            """));
        Assert.That(strict.Failure["diagnostics"]!.Count(), Is.EqualTo(10_001));
    }

    [Test]
    public async Task Errors_OfOneKind_AreToldOneByOneWhileTheyAreFew()
    {
        using var few = new TestProject(Wrong(5));
        using var many = new TestProject(Wrong(6));

        Assert.That((await few.RunAsync("node:list")).Error.Split('\n').Count(line => line.Contains("BK008", StringComparison.Ordinal)), Is.EqualTo(5));
        Assert.That((await many.RunAsync("node:list")).Error, Does.Contain("(6 like this, the last at 6:").And.Contain("nodes.json has 6 errors."));

        static string Wrong(int groups) => $"{{{string.Join(",\n", Enumerable.Range(0, groups).Select(number => $"\"g{number}\": {{\"region\": 1}}"))}}}";
    }

    private sealed class Refusing : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden)
        {
            RequestMessage = request,
            Content = new StringContent("<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>req-1</RequestID></Response>"),
        });
    }
}

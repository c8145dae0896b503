using System.Reflection;
using Amazon.Runtime;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>Client and server codecs of every operation, over the bytes of an HTTP call.</summary>
internal sealed class RoundTripTests
{
    private static IEnumerable<TestCaseData> Operations() =>
        from service in Clients.ByService.Keys
        from operation in Clients.Operations(service)
        select new TestCaseData(service, operation).SetArgDisplayNames(service, operation.Name);

    [TestCaseSource(nameof(Operations))]
    public async Task Operation_WithEveryMember_ArrivesAsItWasSent(string service, MethodInfo operation)
    {
        for (var seed = 0; seed < 3; seed++)
        {
            var filler = new Filler(seed);
            var request = (AmazonWebServiceRequest)filler.Fill(Make(operation.GetParameters()[0].ParameterType));
            var response = (AmazonWebServiceResponse)filler.Fill(Make(operation.ReturnType.GetGenericArguments()[0]));
            using var server = new CodecServer(service) { Response = response };
            using var client = Clients.Make(service, "http://127.0.0.1:1", server);
            var expected = Described.Of(request);

            var answer = await Clients.CallAsync(client, operation, request);

            Assert.Multiple(() =>
            {
                Assert.That(Described.Of(request), Is.EqualTo(expected), "the caller's request is left alone");
                Assert.That(Described.Of(server.Request!), Is.EqualTo(expected));
                Assert.That(Described.Of(answer), Is.EqualTo(Described.Of(response)));
                Assert.That(answer.ResponseMetadata.RequestId, Is.EqualTo("id-1"));
            });
        }
    }

    [TestCaseSource(nameof(Operations))]
    public async Task Operation_WithAnEmptyResponse_LeavesCollectionsNull(string service, MethodInfo operation)
    {
        var type = operation.ReturnType.GetGenericArguments()[0];
        var request = (AmazonWebServiceRequest)new Filler(1).Fill(Make(operation.GetParameters()[0].ParameterType));
        using var server = new CodecServer(service) { Response = (AmazonWebServiceResponse)Make(type) };
        using var client = Clients.Make(service, "http://127.0.0.1:1", server);

        var answer = await Clients.CallAsync(client, operation, request);

        Assert.That(
            Filler.Members(type).Where(each => each.PropertyType.IsGenericType && each.PropertyType.GetGenericTypeDefinition() == typeof(List<>)).Select(each => each.GetValue(answer)),
            Is.All.Null);
    }

    private static object Make(Type type) => Activator.CreateInstance(type)!;
}

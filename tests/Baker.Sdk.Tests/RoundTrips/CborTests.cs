using Amazon.CloudWatch.Model;
using Baker.LocalCloud.Protocol;

namespace Baker.Sdk.Tests.RoundTrips;

/// <summary>CloudWatch in CBOR, against botocore, which writes and reads it with code of its own.</summary>
internal sealed class CborTests
{
    private const string Write = """
        import sys, datetime, boto3, botocore.serialize
        m = boto3.client('cloudwatch', region_name='us-east-1', aws_access_key_id='a', aws_secret_access_key='b').meta.service_model
        s = botocore.serialize.create_serializer('smithy-rpc-v2-cbor', False)
        body = s.serialize_to_request({'Namespace': 'Wëb', 'MetricData': [{'MetricName': 'Errors', 'Value': 1.5, 'StorageResolution': 60,
            'Timestamp': datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc), 'Dimensions': [{'Name': 'a', 'Value': 'b' * 300}]}]},
            m.operation_model('PutMetricData'))['body']
        sys.stdout.write(body.hex())
        """;

    private const string Read = """
        import sys, boto3, json, botocore.parsers
        m = boto3.client('cloudwatch', region_name='us-east-1', aws_access_key_id='a', aws_secret_access_key='b').meta.service_model
        p = botocore.parsers.create_parser('smithy-rpc-v2-cbor')
        r = p.parse({'status_code': 200, 'headers': {}, 'body': bytes.fromhex(sys.argv[1])}, m.operation_model('DescribeAlarms').output_shape)
        a = r['MetricAlarms'][0]
        print(a['AlarmName'], a['Threshold'], a['Period'], a['StateUpdatedTimestamp'].isoformat(), a['ActionsEnabled'], a['AlarmActions'])
        """;

    [Test]
    public async Task Request_WrittenByBotocore_IsRead()
    {
        var bytes = Convert.FromHexString(await Python.RunAsync(Write));

        var request = (PutMetricDataRequest)ServiceCodec.For("monitoring", "cbor")!.Decode("PutMetricData", bytes)!;

        var datum = request.MetricData.Single();
        Assert.That(
            (request.Namespace, datum.MetricName, datum.Value, datum.StorageResolution, datum.Timestamp, datum.Dimensions.Single().Value.Length),
            Is.EqualTo(("Wëb", "Errors", (double?)1.5, (int?)60, (DateTime?)new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), 300)));
    }

    [Test]
    public async Task Response_ForBotocore_IsReadByIt()
    {
        var response = new DescribeAlarmsResponse
        {
            MetricAlarms =
            [
                new()
                {
                    AlarmName = "errors",
                    Threshold = -2.5,
                    Period = 86400,
                    StateUpdatedTimestamp = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
                    ActionsEnabled = true,
                    AlarmActions = [],
                },
            ],
        };

        var bytes = ServiceCodec.For("monitoring", "cbor")!.Encode("DescribeAlarms", response, "id-1");

        Assert.That(await Python.RunAsync(Read, "", Convert.ToHexString(bytes)), Is.EqualTo("errors -2.5 86400 2026-01-02T03:04:05+00:00 True []"));
    }

    [Test]
    public void Request_CutShort_IsASerializationException() =>
        Assert.That(
            Assert.Throws<WireException>(() => ServiceCodec.For("monitoring", "cbor")!.Decode("PutMetricData", new byte[] { 0xbf, 0x7b, 1 }))!.Code,
            Is.EqualTo("SerializationException"));

    [Test]
    public void Path_OfTheProtocol_NamesTheAction() =>
        Assert.That(
            WireCall.Identify("monitoring", "/service/GraniteServiceVersion20100801/operation/DescribeAlarms", null, default)!.Codec.ContentType,
            Is.EqualTo("application/cbor"));
}

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

    [TestCase("bf7b01", TestName = "Request_CutShortInALength_IsASerializationException")]
    [TestCase("bf", "80", TestName = "Request_MapWithoutAnEnd_IsASerializationException")]
    [TestCase("bf", "9f", "ff", TestName = "Request_ListWithoutAnEnd_IsASerializationException")]
    [TestCase("bf", "7f6161", "ff", TestName = "Request_TextWithoutAnEnd_IsASerializationException")]
    [TestCase("bf", "7f4161ff", "ff", TestName = "Request_TextOfByteStrings_IsASerializationException")]
    [TestCase("bf", "7f7f6161ffff", "ff", TestName = "Request_TextOfTextWithoutALength_IsASerializationException")]
    [TestCase("bf", "7affffffff61", "ff", TestName = "Request_TextLongerThanTheInput_IsASerializationException")]
    [TestCase("bf", "7bffffffffffffffff61", "ff", TestName = "Request_TextLongerThanAnyInput_IsASerializationException")]
    [TestCase("bf", "9affffffff", "ff", TestName = "Request_ListLongerThanTheInput_IsASerializationException")]
    [TestCase("bf", "9bffffffffffffffff", "ff", TestName = "Request_ListLongerThanAnyInput_IsASerializationException")]
    [TestCase("bf", "bb7fffffffffffffff", "ff", TestName = "Request_MapLongerThanAnyInput_IsASerializationException")]
    [TestCase("bf", "61ff", "ff", TestName = "Request_TextThatIsNotUtf8_IsASerializationException")]
    [TestCase("bf", "fc", "ff", TestName = "Request_ReservedInformation_IsASerializationException")]
    [TestCase("bf", "f0", "ff", TestName = "Request_SimpleValueWithoutAMeaning_IsASerializationException")]
    [TestCase("bf", "ff", "ff", TestName = "Request_KeyWithoutAValue_IsASerializationException")]
    [TestCase("bf", "3bffffffffffffffff", "ff", TestName = "Request_NumberBelowAnyLong_IsASerializationException")]
    [TestCase("bf", "01", "ff", TestName = "Request_NumberInsteadOfAList_IsASerializationException")]
    [TestCase("bf", "81bf6954696d657374616d70f97c00ff", "ff", TestName = "Request_TimeWithoutEnd_IsASerializationException")]
    [TestCase("bf", "80", "ff00", TestName = "Request_WithTrailingBytes_IsASerializationException")]
    [TestCase("bf", "80", "ffff", TestName = "Request_WithABreakTooMany_IsASerializationException")]
    [TestCase("bf0101ff", TestName = "Request_WithANumberAsKey_IsASerializationException")]
    [TestCase("bf616101616102ff", TestName = "Request_WithAKeyTwice_IsASerializationException")]
    [TestCase("80", TestName = "Request_ThatIsAList_IsASerializationException")]
    [TestCase("f6", TestName = "Request_ThatIsNull_IsASerializationException")]
    [TestCase("c1", TestName = "Request_ThatIsATagAlone_IsASerializationException")]
    public void Request_Broken_IsASerializationException(string before, string? value = null, string after = "") =>
        Refused(Hex(before, value, after));

    [TestCase("81", "00")]
    [TestCase("9f", "00")]
    [TestCase("a16161", "00")]
    [TestCase("bf6161", "00")]
    [TestCase("c1", "")]
    public void Request_NestedAMillionDeep_IsASerializationException(string open, string end) =>
        Refused(Hex("bf", string.Concat(Enumerable.Repeat(open, 1_000_000)) + end, "ff"));

    [Test]
    public void Request_WithUnknownMembers_IsReadPastThem()
    {
        // A large number, undefined, half of a number, bytes in parts.
        const string Unknown = "bf" + "6178c243010203" + "6176f7" + "6173f93800" + "61745f4161ff" + "ff";
        var request = Decode(Hex("bf", "80", $"63666f78{Unknown}ff"));

        Assert.That(request.Namespace, Is.EqualTo("w"));
    }

    [TestCase("f97e00", double.NaN)]
    [TestCase("f97c00", double.PositiveInfinity)]
    [TestCase("fbfff0000000000000", double.NegativeInfinity)]
    [TestCase("f93e00", 1.5)]
    [TestCase("fa3fc00000", 1.5)]
    [TestCase("fb3ff8000000000000", 1.5)]
    [TestCase("3863", -100)]
    [TestCase("d81818c8", 200)] // behind a tag
    public void Number_InAnyForm_IsRead(string number, double expected) =>
        Assert.That(Decode(Hex("bf", $"9fbf6556616c7565{number}ffff", "ff")).MetricData.Single().Value, Is.EqualTo(expected));

    private static PutMetricDataRequest Decode(byte[] bytes) =>
        (PutMetricDataRequest)ServiceCodec.For("monitoring", "cbor")!.Decode("PutMetricData", bytes)!;

    private static void Refused(byte[] bytes) =>
        Assert.That(Assert.Throws<WireException>(() => Decode(bytes))!.Code, Is.EqualTo("SerializationException"));

    /// <summary>The bytes; where there is a value, it is that of <c>MetricData</c>, beside a namespace.</summary>
    private static byte[] Hex(string before, string? value, string after) =>
        Convert.FromHexString(before + (value is null ? "" : "694e616d6573706163656177" + "6a4d657472696344617461" + value) + after);

    [Test]
    public void Path_OfTheProtocol_NamesTheAction() =>
        Assert.That(
            WireCall.Identify("monitoring", "/service/GraniteServiceVersion20100801/operation/DescribeAlarms", null, default)!.Codec.ContentType,
            Is.EqualTo("application/cbor"));
}

using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Discovery;

public sealed class ServiceEntryTests
{
    private static readonly ServiceEntry s_entry = new()
    {
        Service = ServiceName.Parse("api-workers"),
        Group = GroupName.Parse("12_04-bee"),
        Instance = "i-0123456789abcdef0",
        Address = "10.0.0.7",
        Port = 8080,
        Check = "/status",
        Zone = "us-east-1a",
        Version = "ami-0123456789abcdef0",
        Since = new DateTimeOffset(2026, 11, 27, 8, 0, 1, TimeSpan.Zero),
    };

    [Test]
    public void ToText_Entry_IsItsJson() => Assert.That(s_entry.ToText(), Is.EqualTo(
        """{"service":"api-workers","group":"12_04-bee","instance":"i-0123456789abcdef0","address":"10.0.0.7","port":8080,"check":"/status","zone":"us-east-1a","version":"ami-0123456789abcdef0","since":"2026-11-27T08:00:01Z","state":"serving"}"""));

    [Test]
    public void TryParse_ItsOwnText_IsTheSame()
    {
        ServiceEntry[] all =
        [
            s_entry,
            s_entry with { State = ServiceState.Leaving },
            s_entry with { Port = null, Check = null, Zone = "", Version = "" },
            s_entry with { Address = "2001:db8::7" },
            s_entry with { Address = "bee-1.internal" },
            s_entry with { Address = "223.255.255.254" },
            s_entry with { Address = "::1" },
            s_entry with { Address = "::ffff:10.0.0.7" },
            s_entry with { Address = "fe80::1" },
        ];
        Assert.That(all.Select(entry => ServiceEntry.TryParse(entry.ToText())), Is.EqualTo(all));
    }

    [Test]
    public void IsSameAs_OtherTime_Is()
    {
        Assert.That(s_entry.IsSameAs(s_entry with { Since = default }), Is.True);
        Assert.That(s_entry.IsSameAs(s_entry with { State = ServiceState.Leaving }), Is.False);
    }

    /// <summary>What a node writes comes into other nodes' configuration files.</summary>
    [TestCase("service", "\"../x\"")]
    [TestCase("service", "null")]
    [TestCase("group", "\"a b\"")]
    [TestCase("instance", "\"i-1/../../x\"")]
    [TestCase("instance", "{}")]
    [TestCase("address", "\"\"")]
    [TestCase("address", "\"10.0.0.7\\n  server evil 10.6.6.6:80\"")]
    [TestCase("address", "\"-oProxyCommand\"")]
    [TestCase("address", "\"10.0.0.7:80\"")]
    [TestCase("address", "\"a:b\"")]
    [TestCase("address", "\"a..b\"")]
    [TestCase("address", "\"999.1.1.1\"")]
    [TestCase("address", "\"2130706433\"")]
    [TestCase("address", "\"0x7f000001\"")]
    [TestCase("address", "\"0x7f.0.0.1\"")]
    [TestCase("address", "\"a.0x\"")]
    [TestCase("address", "\"0177.0.0.1\"")]
    [TestCase("address", "\"127.00.0.1\"")]
    [TestCase("address", "\"::127.0.0.01\"")]
    [TestCase("address", "\"a-.b\"")]
    [TestCase("address", "\"0.0.0.0\"")]
    [TestCase("address", "\"0.1.2.3\"")]
    [TestCase("address", "\"224.0.0.1\"")]
    [TestCase("address", "\"239.255.255.250\"")]
    [TestCase("address", "\"240.0.0.1\"")]
    [TestCase("address", "\"255.255.255.255\"")]
    [TestCase("address", "\"::\"")]
    [TestCase("address", "\"0:0::0\"")]
    [TestCase("address", "\"::ffff:0.0.0.0\"")]
    [TestCase("address", "\"::ffff:224.0.0.1\"")]
    [TestCase("address", "\"ff02::1\"")]
    [TestCase("address", "\"FF0E::101\"")]
    [TestCase("address", "true")]
    [TestCase("port", "0")]
    [TestCase("port", "65536")]
    [TestCase("port", "\"http\"")]
    [TestCase("port", "\"8080\"")]
    [TestCase("port", "8080.7")]
    [TestCase("port", "true")]
    [TestCase("port", "99999999999999999999")]
    [TestCase("port", "null")]
    [TestCase("check", "\"status\"")]
    [TestCase("check", "\"/a b\"")]
    [TestCase("zone", "\"us-east-1a;\"")]
    [TestCase("zone", "5")]
    [TestCase("version", "\"\\u001b[2J\"")]
    [TestCase("since", "\"yesterday\"")]
    [TestCase("since", "null")]
    [TestCase("since", "\"2026-02-30T00:00:00Z\"")]
    [TestCase("since", "\"0000-01-01T00:00:00Z\"")]
    [TestCase("since", "\"2026-01-01T00:00:60Z\"")]
    [TestCase("state", "\"gone\"")]
    [TestCase("state", "null")]
    [TestCase("address", "[]")]
    public void TryParse_WrongMember_IsNone(string member, string value)
    {
        var json = JObject.Parse(s_entry.ToText());
        json[member] = JToken.Parse(value);
        Assert.That(ServiceEntry.TryParse(json.ToString()), Is.Null);
    }

    [TestCase("'")]
    [TestCase("//")]
    [TestCase("NaN")]
    public void TryParse_WhatNotEveryReaderOfJsonTakes_IsNone(string more) =>
        Assert.That(ServiceEntry.TryParse(more switch
        {
            "'" => s_entry.ToText().Replace('"', '\''),
            "//" => s_entry.ToText() + " // a comment",
            _ => s_entry.ToText().Replace("{", "{\"load\":NaN,", StringComparison.Ordinal),
        }), Is.Null);

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{")]
    [TestCase("{} {}")]
    [TestCase("true")]
    public void TryParse_NoObject_IsNone(string text)
    {
        Assert.That(ServiceEntry.TryParse(text), Is.Null);
        Assert.That(CatalogChange.TryParse(text), Is.Null);
    }

    [Test]
    public void Change_ItsOwnText_IsTheSame()
    {
        var change = new CatalogChange(s_entry.Service, s_entry.Instance, ServiceState.Leaving);
        Assert.That(change.ToText(), Is.EqualTo("""{"service":"api-workers","instance":"i-0123456789abcdef0","state":"leaving"}"""));
        Assert.That(CatalogChange.TryParse(change.ToText()), Is.EqualTo(change));
    }

    [TestCase(null, "/baker/services")]
    [TestCase("staging", "/baker/env/staging/services")]
    public void Path_Entry_IsReadBack(string? environment, string root)
    {
        var path = new CatalogPath(environment is null ? null : EnvironmentName.Parse(environment));
        Assert.That(path.Entry(s_entry.Service, s_entry.Instance), Is.EqualTo($"{root}/api-workers/i-0123456789abcdef0"));
        Assert.That(path.Parse(path.Entry(s_entry.Service, s_entry.Instance)), Is.EqualTo((s_entry.Service, s_entry.Instance)));
        Assert.That(new[] { path.Version, path.Root, path.Of(s_entry.Service), "/baker/services/a/b/c", "/x/a/b" }.Select(path.Parse), Is.All.Null);
    }
}

using System.Security.Cryptography;
using Amazon.ElasticLoadBalancingV2.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>A balancer that Terraform makes and keeps, and Baker's fleets behind it, on instances that run for real.</summary>
[Platform("Linux")]
public sealed class ExistingBalancerTests
{
    private const string Configuration = """
        terraform {
          required_providers { aws = { source = "hashicorp/aws" } }
        }
        provider "aws" {
          region     = "us-east-1"
          access_key = "%ID%"
          secret_key = "%SECRET%"
          endpoints {
            ec2   = "%URL%"
            elbv2 = "%URL%"
            sts   = "%URL%"
          }
        }
        data "aws_subnets" "all" {}
        resource "aws_lb" "main" {
          name    = "main"
          subnets = slice(sort(data.aws_subnets.all.ids), 0, 2)
        }
        resource "aws_lb_target_group" "site" {
          name                 = "site"
          port                 = 8080
          protocol             = "HTTP"
          vpc_id               = aws_lb.main.vpc_id
          deregistration_delay = 5
          health_check {
            path              = "/up"
            interval          = 5
            timeout           = 4
            healthy_threshold = 2
          }
        }
        resource "aws_lb_listener" "http" {
          load_balancer_arn = aws_lb.main.arn
          port              = %PORT%
          protocol          = "HTTP"
          default_action {
            type             = "forward"
            target_group_arn = aws_lb_target_group.site.arn
          }
        }
        """;

    private const string Manifest = """
        {
          "__settings__": {"cloud": "local"},
          "__base__": {
            "region": "us-east-1", "instance_type": "t2.small", "source_ami": "ami-1ebb2077", "user_data_file": "scripts/boot.sh",
            "autoscale": {"node_min": 1, "timeout": 1}
          },
          "__balancers__": {
            "site": {"existing": true, "name": "main"},
            "paths": {
              "existing": true, "name": "main", "port": 8080, "health_check": {"path": "/up", "interval": 5, "timeout": 4, "healthy": 2},
              "deregistration_delay": 5, "listeners": [{"port": %PORT%, "rules": [{"priority": 10, "path": "/api/*", "forward": "api"}]}]
            }
          },
          "www": {"balancer": "site", "provision": [{"script": "scripts/serve.sh", "arguments": ["www"]}]},
          "api": {"balancer": "paths", "provision": [{"script": "scripts/serve.sh", "arguments": ["api"]}]},
          "__environments__": {"staging": {}}
        }
        """;

    [Test]
    public async Task Create_BehindTerraformsBalancer_ServesAndLeavesItAsItWas()
    {
        await Sandboxes.RequireAsync();
        Terraform.Require();
        var (port, inside) = (Ports.Next(), Ports.Next());
        var project = ShopProject.Copy(port, inside);
        project.Write("nodes.json", Ports.Moved(Manifest, (8080, inside)).Replace("%PORT%", $"{port}", StringComparison.Ordinal));
        using (var rsa = RSA.Create(2048))
        {
            project.Write("ops.pem", rsa.ExportRSAPrivateKeyPem());
        }

        await using var fleet = await FleetProject.ServeAsync(project);
        var (tf, key) = (project.PathOf("tf"), await project.Key().GetCredentialsAsync());
        await Terraform.PrepareAsync(
            tf,
            Ports.Moved(Configuration, (8080, inside)).Replace("%PORT%", $"{port}", StringComparison.Ordinal),
            fleet.Url,
            key.AccessKey,
            key.SecretKey);
        await Terraform.ApplyAsync(tf);

        await fleet.DoAsync("environment:create", "staging");
        await fleet.DoAsync("instance:create", "www", "-e", "staging", "--key", "ops.pem", "--name", "box", "--join");

        var status = JObject.Parse((await fleet.DoAsync("environment:status", "staging", "--json")).Out);
        var site = (string)status["balancers"]![0]!["addresses"]![0]!;
        using var http = new HttpClient();
        Assert.That(await http.GetStringAsync(new Uri(site)), Is.EqualTo("shop: www\n"));
        Assert.That(await http.GetStringAsync(new Uri(new Uri(site), "api/orders")), Is.EqualTo("shop: api\n"));
        Assert.That(await fleet.HealthyAsync(await ArnAsync(fleet, "site")), Is.EqualTo(2), "the fleet's instance, and the one beside it");
        await fleet.DoAsync("environment:plan", "staging");
        await Terraform.PlanNothingAsync(tf);

        // A rule of Baker's goes, too, when the manifest has its balancer no more.
        var less = JObject.Parse(project.Read("nodes.json"));
        less["__balancers__"]!["paths"]!.Parent!.Remove();
        less["api"]!["balancer"]!.Parent!.Remove();
        project.Write("less.json", less.ToString());
        await fleet.DoAsync("environment:update", "staging", "--manifest", "less.json");
        Assert.That(await http.GetStringAsync(new Uri(new Uri(site), "api/orders")), Is.EqualTo("shop: www\n"));
        await fleet.DoAsync("environment:update", "staging");
        Assert.That(await http.GetStringAsync(new Uri(new Uri(site), "api/orders")), Is.EqualTo("shop: api\n"), "it waited until the fleet was healthy there");

        await fleet.DoAsync("environment:delete", "staging", "--yes", "staging");

        Assert.That(await fleet.OfAsync("staging"), Is.Empty);
        var health = await fleet.Clients.ELBv2.DescribeTargetHealthAsync(new DescribeTargetHealthRequest { TargetGroupArn = await ArnAsync(fleet, "site") });
        Assert.That(health.TargetHealthDescriptions ?? [], Is.Empty);
        await Terraform.PlanNothingAsync(tf);
        await Terraform.DestroyAsync(tf);
    }

    private static async Task<string> ArnAsync(FleetProject fleet, string targetGroup) =>
        (await fleet.Clients.ELBv2.DescribeTargetGroupsAsync(new DescribeTargetGroupsRequest { Names = [targetGroup] })).TargetGroups[0].TargetGroupArn;
}

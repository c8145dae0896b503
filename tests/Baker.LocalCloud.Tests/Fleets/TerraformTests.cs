using System.Diagnostics;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>Terraform with the AWS provider makes a fleet on the local cloud, finds nothing to change, and removes it.</summary>
internal sealed class TerraformTests
{
    internal const string Mirror = "/opt/tf-plugins";

    private const string Configuration = """
        terraform {
          required_providers { aws = { source = "hashicorp/aws" } }
        }
        provider "aws" {
          region                      = "us-east-1"
          access_key                  = "%ID%"
          secret_key                  = "%SECRET%"
          skip_credentials_validation = true
          skip_metadata_api_check     = true
          skip_requesting_account_id  = true
          endpoints {
            ec2            = "%URL%"
            autoscaling    = "%URL%"
            elbv2          = "%URL%"
            sts            = "%URL%"
            iam            = "%URL%"
            cloudwatch     = "%URL%"
          }
        }
        data "aws_subnets" "all" {}
        resource "aws_launch_template" "web" {
          name          = "web"
          image_id      = "%IMAGE%"
          instance_type = "m1.large"
          user_data     = base64encode("#!/bin/sh\necho hello\n")
          metadata_options {
            http_tokens = "required"
          }
          tag_specifications {
            resource_type = "instance"
            tags          = { Name = "web" }
          }
        }
        resource "aws_lb" "web" {
          name    = "web"
          subnets = slice(sort(data.aws_subnets.all.ids), 0, 2)
        }
        resource "aws_lb_target_group" "web" {
          name                 = "web"
          port                 = 8080
          protocol             = "HTTP"
          vpc_id               = aws_lb.web.vpc_id
          deregistration_delay = 5
          health_check {
            path     = "/health"
            interval = 5
            timeout  = 2
          }
        }
        resource "aws_lb_listener" "web" {
          load_balancer_arn = aws_lb.web.arn
          port              = 8080
          protocol          = "HTTP"
          default_action {
            type             = "forward"
            target_group_arn = aws_lb_target_group.web.arn
          }
        }
        resource "aws_lb_listener_rule" "web" {
          listener_arn = aws_lb_listener.web.arn
          priority     = 10
          action {
            type             = "forward"
            target_group_arn = aws_lb_target_group.web.arn
          }
          condition {
            path_pattern { values = ["/api/*"] }
          }
        }
        resource "aws_autoscaling_group" "web" {
          name                      = "web"
          min_size                  = 1
          max_size                  = 3
          desired_capacity          = 2
          availability_zones        = ["us-east-1a", "us-east-1b"]
          target_group_arns         = [aws_lb_target_group.web.arn]
          health_check_type         = "ELB"
          health_check_grace_period = 30
          wait_for_elb_capacity     = 2
          launch_template {
            id      = aws_launch_template.web.id
            version = aws_launch_template.web.latest_version
          }
          initial_lifecycle_hook {
            name                 = "leave"
            lifecycle_transition = "autoscaling:EC2_INSTANCE_TERMINATING"
            heartbeat_timeout    = 30
            default_result       = "CONTINUE"
          }
          tag {
            key                 = "group"
            value               = "web"
            propagate_at_launch = true
          }
        }
        resource "aws_autoscaling_policy" "up" {
          name                   = "up"
          autoscaling_group_name = aws_autoscaling_group.web.name
          adjustment_type        = "ChangeInCapacity"
          scaling_adjustment     = 1
          cooldown               = 60
        }
        resource "aws_cloudwatch_metric_alarm" "errors" {
          alarm_name          = "errors"
          namespace           = "web"
          metric_name         = "errors"
          statistic           = "Sum"
          period              = 60
          evaluation_periods  = 1
          threshold           = 1
          comparison_operator = "GreaterThanThreshold"
          alarm_actions       = [aws_autoscaling_policy.up.arn]
        }
        """;

    [Test]
    public async Task Fleet_MadeByTerraform_HasAnEmptyNextPlan()
    {
        if (!Directory.Exists(Mirror))
        {
            Peers.Missing($"no Terraform providers at {Mirror}");
        }

        await using var cloud = await FleetCloud.OpenAsync(scale: 0.01);
        await using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["tf"]);
        await File.WriteAllTextAsync(folder["tf/main.tf"], Configuration.Replace("%URL%", cloud.Url.TrimEnd('/'), StringComparison.Ordinal).Replace("%ID%", cloud.Inner.Cloud.Key.Id, StringComparison.Ordinal).Replace("%SECRET%", cloud.Inner.Cloud.Key.Secret, StringComparison.Ordinal).Replace("%IMAGE%", TestCloud.BaseImageId, StringComparison.Ordinal));
        await File.WriteAllTextAsync(folder["tf/terraform.rc"], $$"""
            provider_installation {
              filesystem_mirror { path = "{{Mirror}}" }
            }
            """);

        await RunAsync(folder["tf"], 0, "init", "-input=false", "-no-color");
        await RunAsync(folder["tf"], 0, "apply", "-auto-approve", "-input=false", "-no-color");
        await RunAsync(folder["tf"], 0, "plan", "-detailed-exitcode", "-input=false", "-no-color");
        var group = await cloud.GroupAsync("web");
        await RunAsync(folder["tf"], 0, "destroy", "-auto-approve", "-input=false", "-no-color");

        Assert.That((group.Instances.Count, group.TargetGroupARNs.Count), Is.EqualTo((2, 1)));
    }

    internal static async Task RunAsync(string folder, int expected, params string[] arguments)
    {
        var start = new ProcessStartInfo("terraform", arguments) { WorkingDirectory = folder };
        start.Environment["TF_CLI_CONFIG_FILE"] = Path.Combine(folder, "terraform.rc");
        start.Environment["CHECKPOINT_DISABLE"] = "1";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment["HOME"] = folder;
        var run = await ProcessRun.RunAsync(start);
        Assert.That(run.Code, Is.EqualTo(expected), $"terraform {string.Join(' ', arguments)}\n{run.Out}\n{run.Error}");
    }
}

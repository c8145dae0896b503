namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>Terraform with the AWS provider makes a fleet on the local cloud, finds nothing to change, and removes it.</summary>
internal sealed class TerraformTests
{
    internal const string Provider = """
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
            acm            = "%URL%"
            sns            = "%URL%"
            rds            = "%URL%"
            elasticache    = "%URL%"
            redshift       = "%URL%"
          }
        }
        data "aws_subnets" "all" {}
        """;

    private const string Fleet = """
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

    private const string Front = """
        resource "aws_acm_certificate" "web" {
          certificate_body = file("cert.pem")
          private_key      = file("key.pem")
          tags             = { Name = "web" }
        }
        resource "aws_acm_certificate" "more" {
          certificate_body = file("more.pem")
          private_key      = file("morekey.pem")
        }
        resource "aws_lb" "web" {
          name                       = "web"
          subnets                    = slice(sort(data.aws_subnets.all.ids), 0, 2)
          idle_timeout               = 30
          drop_invalid_header_fields = true
          tags                       = { Name = "web" }
        }
        resource "aws_lb_target_group" "blue" {
          name     = "blue"
          port     = 8080
          protocol = "HTTP"
          vpc_id   = aws_lb.web.vpc_id
          stickiness {
            type            = "lb_cookie"
            cookie_duration = 600
          }
          health_check {
            path    = "/health"
            matcher = "200-299"
          }
        }
        resource "aws_lb_target_group" "green" {
          name                          = "green"
          port                          = 8080
          protocol                      = "HTTP"
          vpc_id                        = aws_lb.web.vpc_id
          load_balancing_algorithm_type = "least_outstanding_requests"
        }
        resource "aws_lb_listener" "http" {
          load_balancer_arn = aws_lb.web.arn
          port              = 8080
          protocol          = "HTTP"
          default_action {
            type = "redirect"
            redirect {
              port        = "443"
              protocol    = "HTTPS"
              status_code = "HTTP_301"
            }
          }
        }
        resource "aws_lb_listener" "https" {
          load_balancer_arn = aws_lb.web.arn
          port              = 8443
          protocol          = "HTTPS"
          ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
          certificate_arn   = aws_acm_certificate.web.arn
          default_action {
            type = "forward"
            forward {
              target_group {
                arn    = aws_lb_target_group.blue.arn
                weight = 90
              }
              target_group {
                arn    = aws_lb_target_group.green.arn
                weight = 10
              }
              stickiness {
                enabled  = true
                duration = 600
              }
            }
          }
        }
        resource "aws_lb_listener_certificate" "more" {
          listener_arn    = aws_lb_listener.https.arn
          certificate_arn = aws_acm_certificate.more.arn
        }
        resource "aws_lb_listener_rule" "maintenance" {
          listener_arn = aws_lb_listener.https.arn
          priority     = 10
          action {
            type = "fixed-response"
            fixed_response {
              content_type = "text/plain"
              message_body = "soon"
              status_code  = "503"
            }
          }
          condition {
            host_header { values = ["old.example.com"] }
          }
          condition {
            source_ip { values = ["10.0.0.0/8"] }
          }
        }
        resource "aws_lb" "tcp" {
          name               = "tcp"
          load_balancer_type = "network"
          internal           = true
          subnets            = slice(sort(data.aws_subnets.all.ids), 0, 2)
        }
        resource "aws_lb_target_group" "tcp" {
          name               = "tcp"
          port               = 9000
          protocol           = "TCP"
          vpc_id             = aws_lb.tcp.vpc_id
          preserve_client_ip = false
        }
        resource "aws_lb_listener" "tls" {
          load_balancer_arn = aws_lb.tcp.arn
          port              = 9443
          protocol          = "TLS"
          certificate_arn   = aws_acm_certificate.web.arn
          default_action {
            type             = "forward"
            target_group_arn = aws_lb_target_group.tcp.arn
          }
        }
        resource "aws_sns_topic" "ops" {
          name         = "ops"
          display_name = "Operations"
          tags         = { Name = "ops" }
        }
        resource "aws_sns_topic_subscription" "mail" {
          topic_arn = aws_sns_topic.ops.arn
          protocol  = "email"
          endpoint  = "ops@example.com"
        }
        resource "aws_launch_template" "web" {
          name          = "web"
          image_id      = "%IMAGE%"
          instance_type = "m1.large"
        }
        resource "aws_autoscaling_group" "web" {
          name                    = "web"
          min_size                = 0
          max_size                = 2
          availability_zones      = ["us-east-1a", "us-east-1b"]
          target_group_arns       = [aws_lb_target_group.blue.arn]
          default_instance_warmup = 60
          launch_template {
            id      = aws_launch_template.web.id
            version = aws_launch_template.web.latest_version
          }
          warm_pool {
            pool_state                  = "Stopped"
            min_size                    = 0
            max_group_prepared_capacity = 1
          }
        }
        resource "aws_autoscaling_policy" "follow" {
          name                   = "follow"
          autoscaling_group_name = aws_autoscaling_group.web.name
          policy_type            = "TargetTrackingScaling"
          target_tracking_configuration {
            predefined_metric_specification {
              predefined_metric_type = "ASGAverageCPUUtilization"
            }
            target_value = 50
          }
        }
        resource "aws_autoscaling_policy" "step" {
          name                   = "step"
          autoscaling_group_name = aws_autoscaling_group.web.name
          policy_type            = "StepScaling"
          adjustment_type        = "PercentChangeInCapacity"
          min_adjustment_magnitude = 1
          step_adjustment {
            metric_interval_lower_bound = 0
            metric_interval_upper_bound = 10
            scaling_adjustment          = 10
          }
          step_adjustment {
            metric_interval_lower_bound = 10
            scaling_adjustment          = 30
          }
        }
        resource "aws_autoscaling_schedule" "night" {
          scheduled_action_name  = "night"
          autoscaling_group_name = aws_autoscaling_group.web.name
          min_size               = 0
          max_size               = 1
          desired_capacity       = 0
          recurrence             = "0 22 * * *"
          time_zone              = "Europe/Berlin"
        }
        resource "aws_cloudwatch_metric_alarm" "slow" {
          alarm_name          = "slow"
          namespace           = "AWS/ApplicationELB"
          metric_name         = "TargetResponseTime"
          dimensions          = { LoadBalancer = aws_lb.web.arn_suffix }
          extended_statistic  = "p99"
          period              = 60
          evaluation_periods  = 3
          datapoints_to_alarm = 2
          threshold           = 1.5
          comparison_operator = "GreaterThanThreshold"
          treat_missing_data  = "notBreaching"
          alarm_actions       = [aws_sns_topic.ops.arn, aws_autoscaling_policy.step.arn]
          ok_actions          = [aws_sns_topic.ops.arn]
        }
        """;

    [Test]
    public async Task Fleet_MadeByTerraform_HasAnEmptyNextPlan()
    {
        await using var cloud = await FleetCloud.OpenAsync(scale: 0.01);

        await ApplyAndDestroyAsync(cloud.Inner, Provider + "\n" + Fleet, async () =>
        {
            var group = await cloud.GroupAsync("web");
            Assert.That((group.Instances.Count, group.TargetGroupARNs.Count), Is.EqualTo((2, 1)));
        });
    }

    [Test]
    public async Task Front_MadeByTerraform_HasAnEmptyNextPlan_AndIsTakenDown()
    {
        await using var cloud = await FleetCloud.OpenAsync(scale: 0.01);

        await ApplyAndDestroyAsync(cloud.Inner, Provider + "\n" + Front, async () =>
        {
            var alarms = (await cloud.Alarms.DescribeAlarmsAsync(new())).MetricAlarms.ConvertAll(each => each.AlarmName);
            Assert.That(alarms, Has.Count.EqualTo(3).And.Contain("slow"));
            var tls = (await cloud.Balancing.DescribeListenersAsync(new() { LoadBalancerArn = (await cloud.Balancing.DescribeLoadBalancersAsync(new() { Names = ["tcp"] })).LoadBalancers[0].LoadBalancerArn })).Listeners;
            Assert.That(tls.Single().Protocol.Value, Is.EqualTo("TLS"));
        });

        Assert.That((await cloud.Balancing.DescribeLoadBalancersAsync(new())).LoadBalancers ?? [], Is.Empty);
        Assert.That((await cloud.Certificates.ListCertificatesAsync(new())).CertificateSummaryList ?? [], Is.Empty);
        Assert.That((await cloud.Topics.ListTopicsAsync(new())).Topics ?? [], Is.Empty);
        Assert.That((await cloud.Alarms.DescribeAlarmsAsync(new())).MetricAlarms ?? [], Is.Empty);
    }

    /// <summary>Applies a configuration, finds its next plan empty, looks, and destroys it.</summary>
    internal static async Task ApplyAndDestroyAsync(TestCloud cloud, string configuration, Func<Task> look)
    {
        Terraform.Require();
        await using var folder = new TemporaryFolder();
        var tf = folder["tf"];
        Directory.CreateDirectory(tf);
        foreach (var (certificate, key, name) in new[] { ("cert.pem", "key.pem", "web.example.com"), ("more.pem", "morekey.pem", "more.example.com") })
        {
            var pair = LoadBalancing.Front.Certificate(name);
            await File.WriteAllBytesAsync(folder[$"tf/{certificate}"], pair.Body.ToArray());
            await File.WriteAllBytesAsync(folder[$"tf/{key}"], pair.Key.ToArray());
        }

        await Terraform.PrepareAsync(
            tf,
            configuration.Replace("%IMAGE%", TestCloud.BaseImageId, StringComparison.Ordinal),
            cloud.Cloud.Listen(),
            cloud.Cloud.Key.Id,
            cloud.Cloud.Key.Secret);
        await Terraform.ApplyAsync(tf);
        await Terraform.PlanNothingAsync(tf);
        await look();
        await Terraform.DestroyAsync(tf);
    }
}

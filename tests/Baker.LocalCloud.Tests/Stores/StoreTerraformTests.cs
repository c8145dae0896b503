using Amazon.AutoScaling;
using Amazon.CertificateManager;
using Amazon.CloudWatch;
using Amazon.ElasticLoadBalancingV2;
using Amazon.RDS.Model;
using Amazon.SimpleNotificationService;
using Baker.LocalCloud.Tests.Fleets;

namespace Baker.LocalCloud.Tests.Stores;

/// <summary>Terraform with the AWS provider makes data stores, alone and in an environment with all that public modules make around them.</summary>
internal sealed class StoreTerraformTests
{
    private const string DataStores = """
        resource "aws_db_subnet_group" "main" {
          name       = "main"
          subnet_ids = slice(sort(data.aws_subnets.all.ids), 0, 2)
          tags       = { Name = "main" }
        }
        resource "aws_db_parameter_group" "main" {
          name   = "main"
          family = "postgres16"
          parameter {
            name  = "log_min_duration_statement"
            value = "500"
          }
          parameter {
            name         = "shared_preload_libraries"
            value        = "pg_stat_statements"
            apply_method = "pending-reboot"
          }
        }
        resource "aws_db_option_group" "main" {
          name                     = "main"
          option_group_description = "none"
          engine_name              = "mysql"
          major_engine_version     = "8.0"
        }
        data "aws_rds_engine_version" "mysql" {
          engine  = "mysql"
          version = "8.0"
          latest  = true
        }
        resource "aws_security_group" "db" {
          name = "db"
          ingress {
            from_port   = 5432
            to_port     = 5432
            protocol    = "tcp"
            cidr_blocks = ["10.0.0.0/8"]
          }
        }
        resource "aws_db_instance" "main" {
          identifier                = "main"
          engine                    = "postgres"
          engine_version            = "16"
          instance_class            = "db.t4g.micro"
          allocated_storage         = 20
          max_allocated_storage     = 100
          storage_type              = "gp3"
          storage_encrypted         = true
          db_name                   = "shop"
          username                  = "app"
          password                  = "Secret-passw0rd"
          db_subnet_group_name      = aws_db_subnet_group.main.name
          parameter_group_name      = aws_db_parameter_group.main.name
          vpc_security_group_ids    = [aws_security_group.db.id]
          backup_retention_period   = 7
          backup_window             = "03:00-04:00"
          maintenance_window        = "Mon:04:00-Mon:05:00"
          multi_az                  = true
          skip_final_snapshot       = true
          copy_tags_to_snapshot     = true
          tags                      = { Name = "main" }
        }
        resource "aws_db_instance" "legacy" {
          identifier          = "legacy"
          engine              = "mysql"
          engine_version      = data.aws_rds_engine_version.mysql.version_actual
          instance_class      = "db.t3.micro"
          allocated_storage   = 20
          username            = "app"
          password            = "Secret-passw0rd"
          option_group_name   = aws_db_option_group.main.name
          skip_final_snapshot = true
          apply_immediately   = true
        }
        resource "aws_rds_cluster_parameter_group" "shop" {
          name   = "shop"
          family = "aurora-postgresql16"
          parameter {
            name  = "log_statement"
            value = "ddl"
          }
        }
        resource "aws_rds_cluster" "shop" {
          cluster_identifier              = "shop"
          engine                          = "aurora-postgresql"
          engine_version                  = "16.6"
          database_name                   = "shop"
          master_username                 = "app"
          master_password                 = "Secret-passw0rd"
          db_subnet_group_name            = aws_db_subnet_group.main.name
          db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.shop.name
          vpc_security_group_ids          = [aws_security_group.db.id]
          skip_final_snapshot             = true
        }
        resource "aws_rds_cluster_instance" "shop" {
          count              = 2
          identifier         = "shop-${count.index}"
          cluster_identifier = aws_rds_cluster.shop.id
          engine             = aws_rds_cluster.shop.engine
          engine_version     = aws_rds_cluster.shop.engine_version
          instance_class     = "db.r6g.large"
        }
        resource "aws_rds_cluster_endpoint" "shop" {
          cluster_identifier          = aws_rds_cluster.shop.id
          cluster_endpoint_identifier = "reports"
          custom_endpoint_type        = "READER"
          static_members              = [aws_rds_cluster_instance.shop[1].id]
        }
        resource "aws_elasticache_subnet_group" "main" {
          name       = "main"
          subnet_ids = slice(sort(data.aws_subnets.all.ids), 0, 2)
        }
        resource "aws_elasticache_parameter_group" "main" {
          name   = "main"
          family = "redis7"
          parameter {
            name  = "maxmemory-policy"
            value = "allkeys-lru"
          }
        }
        resource "aws_elasticache_cluster" "sessions" {
          cluster_id           = "sessions"
          engine               = "redis"
          engine_version       = "7.1"
          node_type            = "cache.t4g.micro"
          num_cache_nodes      = 1
          parameter_group_name = aws_elasticache_parameter_group.main.name
          subnet_group_name    = aws_elasticache_subnet_group.main.name
          security_group_ids   = [aws_security_group.db.id]
          tags                 = { Name = "sessions" }
        }
        resource "aws_elasticache_cluster" "pages" {
          cluster_id      = "pages"
          engine          = "memcached"
          node_type       = "cache.t4g.micro"
          num_cache_nodes = 2
        }
        resource "aws_elasticache_replication_group" "facts" {
          replication_group_id       = "facts"
          description                = "facts"
          engine                     = "redis"
          engine_version             = "7.1"
          node_type                  = "cache.t4g.micro"
          num_cache_clusters         = 2
          automatic_failover_enabled = true
          multi_az_enabled           = true
          at_rest_encryption_enabled = true
          transit_encryption_enabled = true
          auth_token                 = "a-token-of-24-characters"
          subnet_group_name          = aws_elasticache_subnet_group.main.name
          security_group_ids         = [aws_security_group.db.id]
          tags                       = { Name = "facts" }
        }
        resource "aws_redshift_subnet_group" "main" {
          name       = "main"
          subnet_ids = slice(sort(data.aws_subnets.all.ids), 0, 2)
        }
        resource "aws_redshift_parameter_group" "main" {
          name   = "main"
          family = "redshift-2.0"
          parameter {
            name  = "require_ssl"
            value = "true"
          }
        }
        resource "aws_redshift_cluster" "facts" {
          cluster_identifier           = "facts"
          database_name                = "facts"
          master_username              = "app"
          master_password              = "Secret-passw0rd1"
          node_type                    = "ra3.large"
          cluster_type                 = "single-node"
          cluster_subnet_group_name    = aws_redshift_subnet_group.main.name
          cluster_parameter_group_name = aws_redshift_parameter_group.main.name
          vpc_security_group_ids       = [aws_security_group.db.id]
          skip_final_snapshot          = true
          tags                         = { Name = "facts" }
        }
        output "url" { value = "${aws_db_instance.main.endpoint} ${aws_elasticache_replication_group.facts.primary_endpoint_address}" }
        """;

    private const string Environment = """
        data "aws_availability_zones" "all" { state = "available" }
        locals { zones = slice(data.aws_availability_zones.all.names, 0, 2) }

        resource "aws_vpc" "main" {
          cidr_block           = "10.0.0.0/16"
          enable_dns_hostnames = true
          tags                 = { Name = "staging" }
        }
        resource "aws_subnet" "public" {
          count             = 2
          vpc_id            = aws_vpc.main.id
          cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
          availability_zone = local.zones[count.index]
        }
        resource "aws_subnet" "private" {
          count             = 2
          vpc_id            = aws_vpc.main.id
          cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index + 10)
          availability_zone = local.zones[count.index]
        }
        resource "aws_internet_gateway" "main" { vpc_id = aws_vpc.main.id }
        resource "aws_eip" "nat" { domain = "vpc" }
        resource "aws_nat_gateway" "main" {
          allocation_id = aws_eip.nat.id
          subnet_id     = aws_subnet.public[0].id
          depends_on    = [aws_internet_gateway.main]
        }
        resource "aws_route_table" "public" {
          vpc_id = aws_vpc.main.id
          route {
            cidr_block = "0.0.0.0/0"
            gateway_id = aws_internet_gateway.main.id
          }
        }
        resource "aws_route_table" "private" {
          vpc_id = aws_vpc.main.id
          route {
            cidr_block     = "0.0.0.0/0"
            nat_gateway_id = aws_nat_gateway.main.id
          }
        }
        resource "aws_route_table_association" "public" {
          count          = 2
          subnet_id      = aws_subnet.public[count.index].id
          route_table_id = aws_route_table.public.id
        }
        resource "aws_route_table_association" "private" {
          count          = 2
          subnet_id      = aws_subnet.private[count.index].id
          route_table_id = aws_route_table.private.id
        }
        resource "aws_security_group" "balancer" {
          name   = "balancer"
          vpc_id = aws_vpc.main.id
          ingress {
            from_port   = 443
            to_port     = 443
            protocol    = "tcp"
            cidr_blocks = ["0.0.0.0/0"]
          }
          egress {
            from_port   = 0
            to_port     = 0
            protocol    = "-1"
            cidr_blocks = ["0.0.0.0/0"]
          }
        }
        resource "aws_security_group" "web" {
          name   = "web"
          vpc_id = aws_vpc.main.id
          ingress {
            from_port       = 8080
            to_port         = 8080
            protocol        = "tcp"
            security_groups = [aws_security_group.balancer.id]
          }
        }
        resource "aws_security_group" "stores" {
          name   = "stores"
          vpc_id = aws_vpc.main.id
        }
        resource "aws_vpc_security_group_ingress_rule" "stores" {
          for_each                     = { postgres = 5432, redis = 6379 }
          security_group_id            = aws_security_group.stores.id
          referenced_security_group_id = aws_security_group.web.id
          ip_protocol                  = "tcp"
          from_port                    = each.value
          to_port                      = each.value
        }

        resource "aws_acm_certificate" "web" {
          certificate_body = file("cert.pem")
          private_key      = file("key.pem")
        }
        resource "aws_lb" "web" {
          name            = "web"
          subnets         = aws_subnet.public[*].id
          security_groups = [aws_security_group.balancer.id]
        }
        resource "aws_lb_target_group" "web" {
          name                 = "web"
          port                 = 8080
          protocol             = "HTTP"
          vpc_id               = aws_vpc.main.id
          deregistration_delay = 5
          health_check { path = "/__heartbeat__" }
        }
        resource "aws_lb_listener" "http" {
          load_balancer_arn = aws_lb.web.arn
          port              = 8080
          protocol          = "HTTP"
          default_action {
            type = "redirect"
            redirect {
              port        = "8443"
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
            type             = "forward"
            target_group_arn = aws_lb_target_group.web.arn
          }
        }

        resource "aws_sns_topic" "ops" { name = "ops" }
        resource "aws_launch_template" "web" {
          name                   = "web"
          image_id               = "%IMAGE%"
          instance_type          = "t3.micro"
          vpc_security_group_ids = [aws_security_group.web.id]
        }
        resource "aws_autoscaling_group" "web" {
          name                = "web"
          min_size            = 1
          max_size            = 4
          desired_capacity    = 2
          vpc_zone_identifier = aws_subnet.private[*].id
          target_group_arns   = [aws_lb_target_group.web.arn]
          health_check_type   = "ELB"
          launch_template {
            id      = aws_launch_template.web.id
            version = aws_launch_template.web.latest_version
          }
        }
        resource "aws_autoscaling_policy" "up" {
          name                   = "up"
          autoscaling_group_name = aws_autoscaling_group.web.name
          adjustment_type        = "ChangeInCapacity"
          scaling_adjustment     = 1
        }
        resource "aws_autoscaling_policy" "follow" {
          name                   = "follow"
          autoscaling_group_name = aws_autoscaling_group.web.name
          policy_type            = "TargetTrackingScaling"
          target_tracking_configuration {
            predefined_metric_specification { predefined_metric_type = "ASGAverageCPUUtilization" }
            target_value = 50
          }
        }
        resource "aws_cloudwatch_metric_alarm" "errors" {
          alarm_name          = "errors"
          namespace           = "AWS/ApplicationELB"
          metric_name         = "HTTPCode_Target_5XX_Count"
          dimensions          = { LoadBalancer = aws_lb.web.arn_suffix }
          statistic           = "Sum"
          period              = 60
          evaluation_periods  = 1
          threshold           = 5
          comparison_operator = "GreaterThanThreshold"
          treat_missing_data  = "notBreaching"
          alarm_actions       = [aws_sns_topic.ops.arn, aws_autoscaling_policy.up.arn]
        }

        resource "aws_db_subnet_group" "main" {
          name       = "main"
          subnet_ids = aws_subnet.private[*].id
        }
        resource "aws_db_instance" "main" {
          identifier             = "main"
          engine                 = "postgres"
          instance_class         = "db.t4g.micro"
          allocated_storage      = 20
          username               = "app"
          password               = "Secret-passw0rd"
          db_subnet_group_name   = aws_db_subnet_group.main.name
          vpc_security_group_ids = [aws_security_group.stores.id]
          skip_final_snapshot    = true
        }
        resource "aws_elasticache_subnet_group" "main" {
          name       = "main"
          subnet_ids = aws_subnet.private[*].id
        }
        resource "aws_elasticache_replication_group" "sessions" {
          replication_group_id = "sessions"
          description          = "sessions"
          node_type            = "cache.t4g.micro"
          num_cache_clusters   = 2
          subnet_group_name    = aws_elasticache_subnet_group.main.name
          security_group_ids   = [aws_security_group.stores.id]
        }
        """;

    [Test]
    public async Task DataStores_MadeByTerraform_HaveAnEmptyNextPlan_Answer_AndLeaveNothing()
    {
        Peers.Require("psql");
        await using var cloud = await StoreCloud.OpenAsync();

        await TerraformTests.ApplyAndDestroyAsync(cloud.Inner, TerraformTests.Provider + "\n" + DataStores, async () =>
        {
            var main = (await cloud.Databases.DescribeDBInstancesAsync(new DescribeDBInstancesRequest { DBInstanceIdentifier = "main" })).DBInstances.Single();
            var asked = await StoreCloud.PsqlAsync(main.Endpoint.Address, main.Endpoint.Port, "SELECT 42", password: "Secret-passw0rd");
            Assert.That(asked.Out, Is.EqualTo("42\n"), asked.Error);
        });

        await cloud.UntilNothingIsLeftAsync();
    }

    [Test]
    public async Task Environment_MadeByTerraform_HasAnEmptyNextPlan_AndLeavesNothing()
    {
        await using var cloud = await TestCloud.OpenAsync(scale: 0.01);
        using var balancing = new AmazonElasticLoadBalancingV2Client(cloud.Credentials, cloud.Configure(new AmazonElasticLoadBalancingV2Config()));
        using var groups = new AmazonAutoScalingClient(cloud.Credentials, cloud.Configure(new AmazonAutoScalingConfig()));
        using var alarms = new AmazonCloudWatchClient(cloud.Credentials, cloud.Configure(new AmazonCloudWatchConfig()));
        using var certificates = new AmazonCertificateManagerClient(cloud.Credentials, cloud.Configure(new AmazonCertificateManagerConfig()));
        using var topics = new AmazonSimpleNotificationServiceClient(cloud.Credentials, cloud.Configure(new AmazonSimpleNotificationServiceConfig()));

        // Without its account the provider takes a rule's group for another account's.
        var provider = TerraformTests.Provider.Replace("skip_requesting_account_id  = true", "", StringComparison.Ordinal);
        await TerraformTests.ApplyAndDestroyAsync(cloud, provider + "\n" + Environment, async () =>
            Assert.That((await groups.DescribeAutoScalingGroupsAsync(new())).AutoScalingGroups.Single().Instances, Has.Count.EqualTo(2)));

        string[] left =
        [
            .. cloud.Cloud.Status().Resources.Where(each => each.Value > 0 && each.Key != "instances_terminated").Select(each => each.Key),
            .. ((await balancing.DescribeLoadBalancersAsync(new())).LoadBalancers ?? []).Select(each => each.LoadBalancerName),
            .. ((await balancing.DescribeTargetGroupsAsync(new())).TargetGroups ?? []).Select(each => each.TargetGroupName),
            .. ((await groups.DescribeAutoScalingGroupsAsync(new())).AutoScalingGroups ?? []).Select(each => each.AutoScalingGroupName),
            .. ((await alarms.DescribeAlarmsAsync(new())).MetricAlarms ?? []).Select(each => each.AlarmName),
            .. ((await certificates.ListCertificatesAsync(new())).CertificateSummaryList ?? []).Select(each => each.CertificateArn),
            .. ((await topics.ListTopicsAsync(new())).Topics ?? []).Select(each => each.TopicArn),
        ];
        Assert.That(left, Is.Empty);
    }
}

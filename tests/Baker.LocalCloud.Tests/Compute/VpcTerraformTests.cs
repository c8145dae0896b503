using Amazon.EC2.Model;
using Amazon.IdentityManagement;
using Amazon.IdentityManagement.Model;
using Baker.LocalCloud.Tests.Fleets;

namespace Baker.LocalCloud.Tests.Compute;

/// <summary>Terraform with the AWS provider makes a network as the public modules do, with what stands in it.</summary>
internal sealed class VpcTerraformTests
{
    private const string Configuration = """
        terraform {
          required_providers { aws = { source = "hashicorp/aws" } }
        }
        provider "aws" {
          region            = "us-east-1"
          access_key        = "%ID%"
          secret_key        = "%SECRET%"
          s3_use_path_style = true
          endpoints {
            ec2 = "%URL%"
            sts = "%URL%"
            iam = "%URL%"
            s3  = "%URL%"
          }
          default_tags { tags = { managed = "terraform" } }
        }
        data "aws_availability_zones" "all" { state = "available" }
        data "aws_caller_identity" "me" {}
        data "aws_prefix_list" "s3" { name = "com.amazonaws.us-east-1.s3" }
        locals { zones = slice(data.aws_availability_zones.all.names, 0, 2) }

        resource "aws_vpc" "main" {
          cidr_block           = "10.0.0.0/16"
          enable_dns_hostnames = true
          tags                 = { Name = "main" }
        }
        resource "aws_subnet" "public" {
          count                   = 2
          vpc_id                  = aws_vpc.main.id
          cidr_block              = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
          availability_zone       = local.zones[count.index]
          map_public_ip_on_launch = true
          tags                    = { Name = "public-${count.index}" }
        }
        resource "aws_subnet" "private" {
          count             = 2
          vpc_id            = aws_vpc.main.id
          cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index + 10)
          availability_zone = local.zones[count.index]
          tags              = { Name = "private-${count.index}" }
        }
        resource "aws_internet_gateway" "main" {
          vpc_id = aws_vpc.main.id
        }
        resource "aws_eip" "nat" {
          domain     = "vpc"
          depends_on = [aws_internet_gateway.main]
        }
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
        }
        resource "aws_route" "out" {
          route_table_id         = aws_route_table.private.id
          destination_cidr_block = "0.0.0.0/0"
          nat_gateway_id         = aws_nat_gateway.main.id
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
        resource "aws_vpc_endpoint" "s3" {
          vpc_id          = aws_vpc.main.id
          service_name    = "com.amazonaws.us-east-1.s3"
          route_table_ids = [aws_route_table.private.id]
        }
        resource "aws_default_network_acl" "main" {
          default_network_acl_id = aws_vpc.main.default_network_acl_id
          ingress {
            protocol   = -1
            rule_no    = 100
            action     = "allow"
            cidr_block = "0.0.0.0/0"
            from_port  = 0
            to_port    = 0
          }
          egress {
            protocol   = -1
            rule_no    = 100
            action     = "allow"
            cidr_block = "0.0.0.0/0"
            from_port  = 0
            to_port    = 0
          }
          lifecycle { ignore_changes = [subnet_ids] }
        }
        resource "aws_default_route_table" "main" {
          default_route_table_id = aws_vpc.main.default_route_table_id
        }
        resource "aws_default_security_group" "main" {
          vpc_id = aws_vpc.main.id
        }
        resource "aws_network_acl" "private" {
          vpc_id     = aws_vpc.main.id
          subnet_ids = aws_subnet.private[*].id
        }
        resource "aws_network_acl_rule" "private" {
          network_acl_id = aws_network_acl.private.id
          rule_number    = 200
          protocol       = "tcp"
          rule_action    = "allow"
          cidr_block     = "10.0.0.0/16"
          from_port      = 443
          to_port        = 443
        }
        resource "aws_ec2_managed_prefix_list" "office" {
          name           = "office"
          address_family = "IPv4"
          max_entries    = 5
          entry {
            cidr        = "192.0.2.0/24"
            description = "Main Street"
          }
        }
        resource "aws_security_group" "web" {
          name        = "web"
          description = "web servers"
          vpc_id      = aws_vpc.main.id
        }
        resource "aws_security_group" "db" {
          name_prefix = "db-"
          vpc_id      = aws_vpc.main.id
          ingress {
            from_port       = 5432
            to_port         = 5432
            protocol        = "tcp"
            security_groups = [aws_security_group.web.id]
          }
          egress {
            from_port   = 0
            to_port     = 0
            protocol    = "-1"
            cidr_blocks = ["0.0.0.0/0"]
          }
        }
        resource "aws_vpc_security_group_ingress_rule" "http" {
          security_group_id = aws_security_group.web.id
          cidr_ipv4         = "0.0.0.0/0"
          ip_protocol       = "tcp"
          from_port         = 80
          to_port           = 80
          tags              = { Name = "http" }
        }
        resource "aws_vpc_security_group_ingress_rule" "office" {
          security_group_id = aws_security_group.web.id
          prefix_list_id    = aws_ec2_managed_prefix_list.office.id
          ip_protocol       = "tcp"
          from_port         = 22
          to_port           = 22
        }
        resource "aws_vpc_security_group_ingress_rule" "each_other" {
          security_group_id            = aws_security_group.web.id
          referenced_security_group_id = aws_security_group.web.id
          ip_protocol                  = "-1"
        }
        resource "aws_vpc_security_group_egress_rule" "s3" {
          security_group_id = aws_security_group.web.id
          prefix_list_id    = data.aws_prefix_list.s3.id
          ip_protocol       = "tcp"
          from_port         = 443
          to_port           = 443
        }
        resource "aws_security_group_rule" "icmp" {
          type              = "egress"
          security_group_id = aws_security_group.web.id
          protocol          = "icmp"
          from_port         = -1
          to_port           = -1
          cidr_blocks       = ["10.0.0.0/8"]
        }

        data "aws_iam_policy_document" "trust" {
          statement {
            actions = ["sts:AssumeRole"]
            principals {
              type        = "Service"
              identifiers = ["ec2.amazonaws.com"]
            }
          }
        }
        resource "aws_iam_role" "web" {
          name               = "web-servers"
          path               = "/main/"
          assume_role_policy = data.aws_iam_policy_document.trust.json
        }
        resource "aws_iam_role_policy" "logs" {
          name   = "logs"
          role   = aws_iam_role.web.id
          policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }] })
        }
        resource "aws_iam_policy" "read" {
          name   = "read"
          policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "arn:aws:s3:::files/*" }] })
        }
        resource "aws_iam_role_policy_attachment" "read" {
          role       = aws_iam_role.web.name
          policy_arn = aws_iam_policy.read.arn
        }
        resource "aws_iam_role_policy_attachment" "ssm" {
          role       = aws_iam_role.web.name
          policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
        }
        resource "aws_iam_instance_profile" "web" {
          name = "web-servers"
          role = aws_iam_role.web.name
        }

        resource "aws_key_pair" "web" {
          key_name   = "web"
          public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJha2VyYmFrZXJiYWtlcmJha2VyYmFrZXJiYWtlcmJh me"
        }
        resource "aws_instance" "bastion" {
          ami                    = "%IMAGE%"
          instance_type          = "t3.micro"
          subnet_id              = aws_subnet.public[0].id
          vpc_security_group_ids = [aws_security_group.web.id]
          iam_instance_profile   = aws_iam_instance_profile.web.name
          key_name               = aws_key_pair.web.key_name
          metadata_options { http_tokens = "required" }
          tags       = { Name = "bastion" }
          depends_on = [aws_internet_gateway.main]
        }
        resource "aws_eip" "bastion" {
          domain   = "vpc"
          instance = aws_instance.bastion.id
        }
        resource "aws_network_interface" "extra" {
          subnet_id       = aws_subnet.private[0].id
          private_ips     = ["10.0.10.50"]
          security_groups = [aws_security_group.db.id]
        }
        resource "aws_network_interface_attachment" "extra" {
          instance_id          = aws_instance.bastion.id
          network_interface_id = aws_network_interface.extra.id
          device_index         = 1
        }
        resource "aws_launch_template" "web" {
          name          = "web"
          image_id      = "%IMAGE%"
          instance_type = "t3.micro"
          iam_instance_profile { arn = aws_iam_instance_profile.web.arn }
          network_interfaces {
            subnet_id       = aws_subnet.private[1].id
            security_groups = [aws_security_group.web.id]
          }
        }
        resource "aws_instance" "web" {
          launch_template {
            id      = aws_launch_template.web.id
            version = aws_launch_template.web.latest_version
          }
        }
        resource "aws_s3_bucket" "files" {
          bucket        = "files"
          force_destroy = true
          tags          = { Name = "files" }
        }
        resource "aws_s3_bucket_public_access_block" "files" {
          bucket                  = aws_s3_bucket.files.id
          block_public_acls       = true
          block_public_policy     = true
          ignore_public_acls      = true
          restrict_public_buckets = true
        }
        resource "aws_s3_object" "note" {
          bucket  = aws_s3_bucket.files.id
          key     = "notes/one"
          content = "hello"
        }
        output "bastion" { value = [aws_instance.bastion.id, aws_instance.web.id] }
        """;

    [Test]
    public async Task Network_MadeByTerraform_HasAnEmptyNextPlanAndLeavesNothing()
    {
        await using var cloud = await TestCloud.OpenAsync(scale: 0.01);

        await TerraformTests.ApplyAndDestroyAsync(cloud, Configuration, async () =>
        {
            var vpc = (await cloud.EC2.DescribeVpcsAsync(new DescribeVpcsRequest { Filters = [new Filter { Name = "tag:Name", Values = ["main"] }] })).Vpcs.Single();
            var inside = (await cloud.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [new Filter { Name = "vpc-id", Values = [vpc.VpcId] }] })).Reservations.SelectMany(each => each.Instances).ToList();
            Assert.That(inside.Select(each => each.NetworkInterfaces.Count).Order(), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(inside.Select(each => each.IamInstanceProfile.Arn).Distinct(), Is.EqualTo(new[] { "arn:aws:iam::000000000000:instance-profile/web-servers" }));
        });

        using var access = new AmazonIdentityManagementServiceClient(cloud.Credentials, cloud.Configure(new AmazonIdentityManagementServiceConfig()));
        var left = cloud.Cloud.Status().Resources.Where(each => each.Value > 0 && each.Key != "instances_terminated").Select(each => each.Key).ToList();
        var roles = (await access.ListRolesAsync(new ListRolesRequest())).Roles.ConvertAll(each => each.RoleName);
        Assert.That((left, roles), Is.EqualTo((new List<string>(), new List<string> { "web" })).Using<(List<string>, List<string>)>((a, b) => a.Item1.SequenceEqual(b.Item1) && a.Item2.SequenceEqual(b.Item2)));
    }
}

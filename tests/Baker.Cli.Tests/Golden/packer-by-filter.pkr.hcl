# Written by package packer:create --format hcl2; edit the manifest or the template instead.
packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "~> 1"
    }
  }
}

# What differs from run to run; -var endpoint=http://127.0.0.1:4566 -var rehearsal=true builds on the local cloud.
variable "endpoint" {
  type    = string
  default = ""
}

variable "rehearsal" {
  type    = bool
  default = false
}

variable "run" {
  type    = string
  default = ""
}

variable "fingerprint" {
  type    = string
  default = ""
}

locals {
  baker_tags = {
    "baker:run"         = var.run
    "baker:fingerprint" = var.fingerprint
  }
  image_tags          = merge(local.baker_tags, {"Name" = "by-filter", "group" = "by-filter", "baker:group" = "by-filter", "team" = "web", "built" = "{{`{{`}}isotime}}"})
  image_snapshot_tags = merge(local.baker_tags, {"Name" = "by-filter", "group" = "by-filter", "baker:group" = "by-filter", "team" = "web"})
}

# Credentials come from the environment, the profile or the instance.
source "amazon-ebs" "image" {
  region                     = "eu-west-1"
  custom_endpoint_ec2        = var.endpoint
  skip_metadata_api_check    = var.rehearsal
  skip_region_validation     = var.rehearsal
  skip_credential_validation = var.rehearsal

  source_ami_filter {
    filters     = {"name" = "debian-12-*", "architecture" = "x86_64"}
    owners      = ["136693071363"]
    most_recent = true
  }

  instance_type = "m5.large"
  security_group_ids = ["sg-0123456789abcdef0"]
  temporary_security_group_source_cidrs = ["10.0.0.0/8"]
  vpc_id = "vpc-0123456789abcdef0"
  subnet_id = "subnet-0123456789abcdef0"
  availability_zone = "eu-west-1a"
  associate_public_ip_address = false
  ebs_optimized = true
  shutdown_behavior = "terminate"
  iam_instance_profile = "builder"
  user_data = "#!/bin/sh\necho '{{`{{`}} }}'\n"

  launch_block_device_mappings {
    device_name = "/dev/xvda"
    volume_size = 20
    volume_type = "gp3"
    iops = 3000
    throughput = 125
    delete_on_termination = true
  }

  launch_block_device_mappings {
    device_name = "/dev/xvdb"
    snapshot_id = "snap-0123456789abcdef0"
  }

  launch_block_device_mappings {
    device_name = "/dev/xvdc"
    volume_size = 1
    encrypted = true
    kms_key_id = "alias/disk"
  }

  communicator = "ssh"
  ssh_username = "admin"
  ssh_interface = "private_ip"
  ssh_timeout = "10m"
  ssh_port = 2222
  ssh_agent_auth = true

  ami_name        = "by-filter {{timestamp}}"
  ami_description = "a \"quoted\" text, {{`{{`}} not Packer's }}"
  ami_regions     = ["eu-west-1"]
  ami_users       = ["123456789012"]
  encrypt_boot    = true
  kms_key_id      = "alias/images"

  region_kms_key_ids = {"eu-west-1" = "alias/images"}

  run_tags        = local.image_tags
  run_volume_tags = local.image_tags
  tags            = local.image_tags
  snapshot_tags   = local.image_snapshot_tags
}

build {
  sources = ["source.amazon-ebs.image"]

  # What Baker's own engine brings to an instance and runs there, packed: scripts, roles, cookbooks, data bags, source trees.
  provisioner "shell" {
    inline = ["rm -rf /tmp/baker-payload && mkdir -m 700 /tmp/baker-payload"]
  }

  provisioner "file" {
    source      = format("%s/%s", path.root, "../.package/payloads/by-filter.tar.gz")
    destination = "/tmp/baker-payload/payload.tar.gz"
    generated   = true
  }

  provisioner "shell" {
    inline = ["umask 077 && : > /dev/shm/baker-data-bag-secret"]
  }

  provisioner "file" {
    source      = format("%s/%s", path.root, "../secrets/data-bags")
    destination = "/dev/shm/baker-data-bag-secret"
    generated   = true
  }

  provisioner "shell" {
    inline = [
      "set -e",
      "cd /tmp/baker-payload",
      "umask 077",
      "tar -xzf payload.tar.gz",
      "sh ./run.sh",
      "cd / && rm -rf /tmp/baker-payload",
    ]
    execute_command = "chmod +x {{.Path}}; {{.Vars}} sudo -E {{.Path}}"
  }

  post-processor "manifest" {
    output      = format("%s/%s", path.root, "../builds/by-filter.packer.json")
    strip_path  = true
    custom_data = {group = "by-filter"}
  }
}

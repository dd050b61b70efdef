# The machines: as many as it takes, each from nothing. Remove this file where something
# else starts them.
variable "subnets" {
  type        = list(string)
  description = "Where nodes run; they have to reach S3."
}

variable "security_groups" {
  type        = list(string)
  description = "That let visitors, or the load balancer, come to port << port >>."
}

variable "target_groups" {
  type        = list(string)
  default     = []
  description = "Of a load balancer; its health check is GET /readyz."
}

data "aws_ami" "debian" {
  most_recent = true
  owners      = ["136693071363"] # Debian

  filter {
    name   = "name"
    values = ["debian-12-amd64-*"]
  }
}

resource "aws_launch_template" "node" {
  name_prefix            = "${local.name}-"
  image_id               = data.aws_ami.debian.id
  instance_type          = "<< instance_type >>"
  user_data              = filebase64("${path.module}/user-data")
  update_default_version = true
  vpc_security_group_ids = var.security_groups

  iam_instance_profile {
    arn = aws_iam_instance_profile.node.arn
  }

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = << disk_gib >>
      volume_type = "gp3"
      encrypted   = true
    }
  }
}

resource "aws_autoscaling_group" "node" {
  name                = local.name
  min_size            = << nodes_min >>
  max_size            = << nodes_max >>
  vpc_zone_identifier = var.subnets
  target_group_arns   = var.target_groups
  health_check_type   = length(var.target_groups) > 0 ? "ELB" : "EC2"

  # A new node fills itself before it is ready.
  health_check_grace_period = 300

  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }

  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 100
    }
  }

  tag {
    key                 = "Name"
    value               = local.name
    propagate_at_launch = true
  }
}

resource "aws_autoscaling_policy" "busy" {
  name                   = "${local.name}-busy"
  autoscaling_group_name = aws_autoscaling_group.node.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 60

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

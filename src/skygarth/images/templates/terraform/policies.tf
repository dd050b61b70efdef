# What a node may: read and write below its prefix, and list there.
data "aws_iam_policy_document" "node" {
  statement {
    sid       = "Objects"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${local.bucket_arn}/${local.prefix}*"]
  }

  statement {
    sid       = "Listing"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.prefix}*"]
    }
  }
<% if parameter %>

  statement {
    sid       = "ClusterKey"
    actions   = ["ssm:GetParameter"]
    resources = ["${local.arn}:ssm:<< region >>:${local.account}:parameter<< parameter >>"]
  }
<% endif %>
<% if aws_notices %>

  # Each node makes its own queue, and removes those that dead nodes left.
  statement {
    sid = "Queues"
    actions = [
      "sqs:CreateQueue",
      "sqs:DeleteMessage",
      "sqs:DeleteQueue",
      "sqs:GetQueueAttributes",
      "sqs:ListQueueTags",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
      "sqs:SetQueueAttributes",
      "sqs:TagQueue",
    ]
    resources = ["${local.arn}:sqs:<< notices_region >>:${local.account}:skygarth-*"]
  }

  statement {
    sid       = "QueuesThatThereAre"
    actions   = ["sqs:ListQueues"]
    resources = ["*"] # AWS knows no narrower one
  }
<% if topic %>

  statement {
    sid = "Topic"
    actions = [
      "sns:CreateTopic",
      "sns:ListSubscriptionsByTopic",
      "sns:Publish",
      "sns:Subscribe",
      "sns:Unsubscribe",
    ]
    resources = [aws_sns_topic.notices.arn]
  }
<% endif %>
<% endif %>
<% if route53 %>

  # Addresses and claims of its names, and nothing else of the zone.
  statement {
    sid       = "Names"
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = [aws_route53_zone.site.arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
      values = [
<% for name in dns_names %>
        "<< name >>",
<% endfor %>
      ]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsRecordTypes"
      values   = ["A", "AAAA", "TXT"]
    }
  }

  statement {
    sid       = "ReadNames"
    actions   = ["route53:ListResourceRecordSets"]
    resources = [aws_route53_zone.site.arn]
  }

  statement {
    sid       = "FindZone"
    actions   = ["route53:ListHostedZonesByName"]
    resources = ["*"] # AWS knows no narrower one
  }
<% endif %>
}

# For backups and audits: everything can be read, nothing changed.
data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "Objects"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arn}/${local.prefix}*"]
  }

  statement {
    sid       = "Listing"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.prefix}*"]
    }
  }
}

resource "aws_iam_policy" "node" {
  name   = local.name
  policy = data.aws_iam_policy_document.node.json
}

resource "aws_iam_policy" "reader" {
  name   = "${local.name}-reader"
  policy = data.aws_iam_policy_document.reader.json
}

data "aws_iam_policy_document" "machines" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  name               = local.name
  assume_role_policy = data.aws_iam_policy_document.machines.json
}

resource "aws_iam_role_policy_attachment" "node" {
  role       = aws_iam_role.node.name
  policy_arn = aws_iam_policy.node.arn
}

resource "aws_iam_instance_profile" "node" {
  name = local.name
  role = aws_iam_role.node.name
}

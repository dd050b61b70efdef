# What the nodes << label >> stand on: the bucket, and policies that allow them what they
# do and nothing else. No secret is here, and none gets into Terraform's state.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region = "<< region >>"
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  name    = "<< label >>"
  prefix  = "<< prefix >>" # below which all keys are
  account = data.aws_caller_identity.current.account_id
  arn     = "arn:${data.aws_partition.current.partition}"
}

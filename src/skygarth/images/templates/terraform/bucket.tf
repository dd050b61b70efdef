variable "bucket_exists" {
  type        = bool
  default     = false
  description = "Whether the bucket << bucket_name >> was made elsewhere, and is only to be used."
}

locals {
  bucket_arn = "${local.arn}:s3:::<< bucket_name >>"
}

resource "aws_s3_bucket" "site" {
  count  = var.bucket_exists ? 0 : 1
  bucket = "<< bucket_name >>"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "site" {
  count                   = var.bucket_exists ? 0 : 1
  bucket                  = aws_s3_bucket.site[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "site" {
  count  = var.bucket_exists ? 0 : 1
  bucket = aws_s3_bucket.site[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# Nodes never overwrite what they wrote: versions are kept for people's mistakes.
resource "aws_s3_bucket_versioning" "site" {
  count  = var.bucket_exists ? 0 : 1
  bucket = aws_s3_bucket.site[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "site" {
  count      = var.bucket_exists ? 0 : 1
  bucket     = aws_s3_bucket.site[0].id
  depends_on = [aws_s3_bucket_versioning.site]

  rule {
    id     = "forget-old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

# Nobody speaks to it in plain text.
data "aws_iam_policy_document" "encrypted_only" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "site" {
  count  = var.bucket_exists ? 0 : 1
  bucket = aws_s3_bucket.site[0].id
  policy = data.aws_iam_policy_document.encrypted_only.json
}

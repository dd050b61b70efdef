# A machine image (AMI) that is a node of Skygarth as soon as it starts.
# Every machine started from it takes an identity of its own by itself.

variable "region" {
  type    = string
  default = "<< region >>"
}

variable "instance_type" {
  type    = string
  default = "<< instance_type >>"
}

source "amazon-ebs" "node" {
  region          = var.region
  instance_type   = var.instance_type
  ssh_username    = "admin"
  ami_name        = "<< label >>-{{ timestamp }}"
  ami_description = "A node of << bucket >>, for << pools >>"
  encrypt_boot    = true

  source_ami_filter {
    filters = {
      name                = "debian-12-amd64-*"
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
    owners      = ["136693071363"]
    most_recent = true
  }

  tags = {
    Name   = "<< label >>"
    bucket = "<< bucket >>"
  }
}

build {
  sources = ["source.amazon-ebs.node"]

  provisioner "shell" {
    inline = ["mkdir -p /tmp/skygarth-image"]
  }

  provisioner "file" {
    sources = [
<% for file in files %>
      "<< file >>",
<% endfor %>
    ]
    destination = "/tmp/skygarth-image/"
  }

  # The node is enabled and not started: no identity, no content and no secret is in the
  # image. An empty machine id lets every copy make its own.
  provisioner "shell" {
    inline = [
      "cloud-init status --wait || true",
      "sudo env SKYGARTH_START=no sh /tmp/skygarth-image/install.sh",
      "sudo rm -rf /tmp/skygarth-image",
      "sudo cloud-init clean --logs",
      "sudo truncate --size=0 /etc/machine-id",
    ]
  }
}

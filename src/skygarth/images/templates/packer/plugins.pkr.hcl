# From Packer 1.7 on plugins are named, and `packer init .` fetches them; an older one has
# them inside: remove this file there.
packer {
  required_version = ">= 1.7.0"
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.2.0"
    }
  }
}

"""What makes a machine into a node: OCI, cloud-init, Packer, systemd, Helm."""

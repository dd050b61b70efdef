"""What makes HAProxy, nginx and Caddy follow the cloud."""

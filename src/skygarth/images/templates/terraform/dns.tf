# The zone in which nodes enter their addresses. Delegate it where its parent is kept.
resource "aws_route53_zone" "site" {
  name = "<< zone >>"
}

output "name_servers" {
  value = aws_route53_zone.site.name_servers
}

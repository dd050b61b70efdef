# One topic, to which each node subscribes the queue that it makes for itself.
resource "aws_sns_topic" "notices" {
  name = "<< topic >>"
}

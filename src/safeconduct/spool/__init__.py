"""What is carried between machines: a durable queue, the carried form, and the one link."""

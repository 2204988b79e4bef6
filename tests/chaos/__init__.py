"""Chaos: tills at work while processes and servers are killed, and a judge of what is left."""

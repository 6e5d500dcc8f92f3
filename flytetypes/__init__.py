"""A strongly typed data plane for Flyte workflows."""

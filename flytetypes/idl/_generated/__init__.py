"""Written by `protos/generate.py`; do not edit."""

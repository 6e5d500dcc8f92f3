"""Real servers for the tests, on loopback: S3, Google's and Azure's stores, the web, and faults in between.

The Makefile installs the first three into `.cache/servers` (`make servers`, `make clouds`). On a machine without what it
takes to build one, the tests that need it are skipped and say so.
"""

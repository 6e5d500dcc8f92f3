"""A policy is no text."""

from flytetypes import Workflow

flow = Workflow("bad.imperative-option", failure_policy="FAIL_IMMEDIATELY")  # wrong: OptionError

"""An input has a type."""

from flytetypes import Workflow

flow = Workflow("bad.imperative-input-without-a-type")
flow.add_workflow_input("n")  # wrong: TypeError

"""A container task needs a command."""

from flytetypes import ContainerTask

area = ContainerTask(name="bad.area", image="alpine:3.20")  # wrong: TypeError

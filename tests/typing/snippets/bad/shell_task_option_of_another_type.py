"""An option of a shell task with a value that it does not take."""

from flytetypes import ShellTask

count = ShellTask(name="bad.count", script="ls", retries="twice")  # wrong: OptionError

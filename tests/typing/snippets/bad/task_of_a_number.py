"""What is no function is no task."""

from flytetypes import task

doubled = task(2)  # wrong: AnnotationError

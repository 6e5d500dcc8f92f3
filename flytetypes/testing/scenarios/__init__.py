"""What the scenarios for executors run: tasks and workflows by topic, each module with its part of the table.

They are modules of their own, so that the processes of an executor find the tasks by their names.
"""

"""A task that gives nothing is called for what it does."""

from flytetypes import task, workflow


@task
def announce(text: str, loud: bool = False) -> None:
    print(text)


@workflow
def flow(text: str) -> None:
    announce(text=text)
    announce(text="done", loud=True)

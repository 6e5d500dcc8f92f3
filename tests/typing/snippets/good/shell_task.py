"""A script is a task."""

from flytetypes import FlyteFile, OutputLocation, ShellTask, kwtypes, task, workflow

count = ShellTask(
    name="shell.count",
    script="wc -l {inputs.src} > {outputs.res}",
    inputs=kwtypes(src=FlyteFile),
    output_locs=[OutputLocation(var="res", var_type=FlyteFile, location="lines.txt")],
    retries=2,
)


@task
def number(file: FlyteFile) -> int:
    return int(file.read_text().split()[0])


@workflow
def flow(source: FlyteFile) -> int:
    return number(file=count(src=source))

"""A pod around a task, as plain data."""

from flytetypes import PodTemplate, task, workflow


@task(pod_template=PodTemplate(pod_spec={"nodeSelector": {"disk": "ssd"}}, labels={"team": "a"}), timeout=60)
def work(n: int) -> int:
    return n


@task(pod_template_name="large", shared_memory=True)
def named(n: int) -> int:
    return n


@workflow
def flow(n: int) -> int:
    return named(n=work(n=n))

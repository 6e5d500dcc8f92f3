"""A dict with texts as keys may be built of promises."""

from flytetypes import task, workflow


@task
def score(name: str) -> float:
    return float(len(name))


@task
def best(scores: dict[str, float]) -> str:
    return max(scores, key=lambda name: scores[name])


@workflow
def flow(name: str) -> tuple[str, dict[str, float]]:
    scores = {"ada": score(name="ada"), "bob": score(name=name), "none": 0.0}
    return best(scores=scores), {"only": score(name=name)}

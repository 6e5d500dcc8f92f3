"""A field of a field, and an element of it."""

from dataclasses import dataclass

from flytetypes import task, workflow


@dataclass
class Address:
    city: str
    lines: list[str]


@dataclass
class Person:
    name: str
    home: Address


@task
def find(name: str) -> Person:
    return Person(name, Address("Paris", ["1 Rue X"]))


@task
def label(city: str, line: str) -> str:
    return f"{line}, {city}"


@workflow
def flow(name: str) -> str:
    person = find(name=name)
    return label(city=person.home.city, line=person.home.lines[0])

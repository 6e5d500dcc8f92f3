"""A field of a field that is not there."""

from dataclasses import dataclass

from flytetypes import task, workflow


@dataclass
class Address:
    city: str


@dataclass
class Person:
    home: Address


@task
def find(name: str) -> Person:
    return Person(Address(name))


@workflow
def flow(name: str) -> str:
    return find(name=name).home.street  # wrong: unknown-attribute

"""Print the bytes of a dataclass with sets in it, in hex; run by `test_round_trip` with several hash seeds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flytetypes.types import TypeEngine


@dataclass
class Sets:
    words: set[str]
    times: frozenset[dt.datetime]
    pairs: set[tuple[str, int | str]]


if __name__ == "__main__":
    words = {f"word {number}" for number in range(40)}
    times = frozenset(dt.datetime(2024, 1, day, tzinfo=ZoneInfo("Europe/Paris")) for day in range(1, 32))
    pairs = {(word, word if len(word) % 2 else len(word)) for word in words}
    print(TypeEngine().to_bytes(Sets(words, times, pairs), Sets).hex())

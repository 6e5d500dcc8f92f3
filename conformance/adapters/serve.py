"""The loop of an adapter in Python: a question a line on standard input, an answer a line on standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any


class Refused(Exception):  # noqa: N818 - an answer, not a mistake
    """The implementation says that the question's data is wrong."""


class Unsupported(Exception):  # noqa: N818 - as above
    """The implementation does not answer this kind of question, or not about this kind of type."""


def serve(answer: Callable[[dict[str, Any]], Any]) -> None:
    """Answer until the input ends. Any exception but the two above ends the program, which the runner reports."""
    output = os.dup(1)
    os.dup2(2, 1)  # what libraries print is not part of the answers
    with os.fdopen(output, "w", encoding="utf-8") as answers:
        for line in sys.stdin:
            question = json.loads(line)
            reply: dict[str, Any] = {"id": question["id"]}
            try:
                reply["answer"] = answer(question)
            except Refused as reason:
                reply["refused"] = str(reason)
            except Unsupported as reason:
                reply["unsupported"] = str(reason)
            print(json.dumps(reply), file=answers, flush=True)

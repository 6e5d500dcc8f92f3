"""Run cells in a real kernel, one after the other, and print what each of them printed, as JSON.

PYTHONPATH=<repository> python notebook_cells.py < cells.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

import nbformat
from nbclient import NotebookClient


def printed(cell: Any) -> str:
    """What a cell printed; of one that failed the name of its exception and the message."""
    texts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            texts.append(output.text)
        elif output.output_type == "error":
            texts.append(f"{output.ename}: {output.evalue}")
    return "".join(texts)


notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in json.load(sys.stdin)])
NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
json.dump([printed(cell) for cell in notebook.cells], sys.stdout)

"""A web server over a directory, with ranges, as there are many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@contextmanager
def web(directory: Path, *, ranges: bool = True) -> Iterator[str]:
    """The address of a server of what is below the directory; without ranges it always sends everything."""

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, *, body: bool) -> None:
            path = directory / unquote(urlsplit(self.path).path).lstrip("/")
            if path.name == "forbidden":
                self._send(403, b"not for you", body=body)
            elif not path.is_file():
                self._send(404, b"there is nothing", body=body)
            else:
                self._send_file(path.read_bytes(), body=body)

        def _send_file(self, data: bytes, *, body: bool) -> None:
            wanted = _RANGE.fullmatch(self.headers.get("Range", ""))
            if wanted is None or not ranges:
                self._send(200, data, body=body)
                return
            start = int(wanted[1])
            if start >= len(data):
                self._send(416, b"", body=body, **{"Content-Range": f"bytes */{len(data)}"})
                return
            end = min(int(wanted[2] or len(data) - 1), len(data) - 1)
            self._send(206, data[start : end + 1], body=body, **{"Content-Range": f"bytes {start}-{end}/{len(data)}"})

        def _send(self, status: int, data: bytes, *, body: bool, **headers: str) -> None:
            self.send_response(status)
            if ranges:
                self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

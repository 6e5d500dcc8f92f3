"""A proxy in front of a server that misbehaves as networks and servers do: cuts, truncates, delays, refuses."""

from __future__ import annotations

import http.client
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

_BUSY = b"<?xml version='1.0'?><Error><Code>%s</Code><Message>%s</Message></Error>"


@dataclass
class Fault:
    """What goes wrong.

    Attributes:
        kind: `answer` instead of the server; `lose` the server's answer; `cut` the connection (RST) or `truncate` the
            answer (FIN) after so many bytes of its body; `cut_upload` after so many bytes of the request's body;
            `delay` the answer; `none`. An answer that is shorter than a cut comes whole: whether it would arrive before
            the RST is a matter of luck.
        times: For how many requests; None for all.
        requests: Which ones, as a pattern of `METHOD /path?query`.
        status: Of an `answer`.
        code: S3's word for it.
        after_bytes: Of the body.
        seconds: Of a delay.
    """

    kind: str = "none"
    times: int | None = None
    requests: str = ""
    status: int = 503
    code: str = "SlowDown"
    after_bytes: int = 1000
    seconds: float = 0.0
    seen: int = field(default=0, init=False)
    log: list[str] = field(default_factory=list, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def strikes(self, request: str) -> bool:
        """Whether this request is one of those; counts it."""
        self.log.append(request)
        if not re.search(self.requests, request):
            return False
        with self._lock:
            self.seen += 1
            return self.times is None or self.seen <= self.times


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def forward(self) -> None:
        now = self.server.fault
        fault = now if now.strikes(f"{self.command} {self.path}") else None
        length = int(self.headers.get("Content-Length", 0))
        if fault is not None and fault.kind == "cut_upload":
            self.rfile.read(min(fault.after_bytes, length))
            self._reset()
            return
        body = self.rfile.read(length)
        if fault is not None and fault.kind == "answer":
            self._send(fault.status, {}, _BUSY % (fault.code.encode(), b"Please reduce your request rate."))
            return
        if fault is not None and fault.kind == "delay":
            time.sleep(fault.seconds)
        status, headers, answer = self._ask(body)
        if fault is not None and fault.kind == "lose":
            self._reset()
            return
        if fault is not None and fault.kind in ("cut", "truncate"):
            self._send(status, headers, answer, only=fault.after_bytes)
            self.wfile.flush()
            if fault.kind == "cut" and len(answer) > fault.after_bytes:
                self._reset()
            self.close_connection = True
            return
        self._send(status, headers, answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=60)
        try:
            # The headers as they came: they are signed, `Host` among them.
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("expect", "connection"):
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _send(self, status: int, headers: dict[str, str], body: bytes, *, only: int | None = None) -> None:
        self.send_response_only(status)
        length = headers.get("Content-Length", str(len(body)))
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:only])

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def finish(self) -> None:
        with suppress(OSError, ValueError):  # the connection is gone, as was wanted
            super().finish()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    upstream: int
    fault: Fault

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients leave when they are cut

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        with suppress(OSError):
            super().shutdown_request(request)


class Proxy:
    """A running proxy, whose fault can be changed."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self.address = f"127.0.0.1:{server.server_port}"

    @property
    def fault(self) -> Fault:
        return self._server.fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._server.fault = fault


@contextmanager
def faulty(port: int) -> Iterator[Proxy]:
    """A proxy in front of the server on this port, at first without a fault."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.upstream, server.fault = port, Fault()
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Proxy(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

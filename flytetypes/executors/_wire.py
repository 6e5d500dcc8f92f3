"""Messages between this process and a worker: msgpack after its length. What is large goes through files instead."""

from __future__ import annotations

import socket
from typing import Any, Final

FILE_ABOVE_BYTES: Final = 1 << 20
"""Inputs and outputs that are larger are written to a file, which costs less than to push them through a socket."""

_LENGTH_BYTES: Final = 8


class Channel:
    """One end of a connection. What is sent consists of None, booleans, numbers, texts, bytes, lists and dicts."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._reader = end.makefile("rb")

    def send(self, message: Any) -> None:
        """Send a message; raises `EOFError` when nobody is there any more."""
        import msgpack  # third-party, and not needed before the first task runs elsewhere

        # A text of Python may have halves of surrogates, as the names of files have.
        body: bytes = msgpack.packb(message, unicode_errors="surrogatepass")
        try:
            self._socket.sendall(len(body).to_bytes(_LENGTH_BYTES, "big") + body)
        except OSError as error:
            raise EOFError from error

    def receive(self) -> Any:
        """Wait for the next message; raises `EOFError` when the other end is gone."""
        import msgpack

        body = self._read(int.from_bytes(self._read(_LENGTH_BYTES), "big"))
        return msgpack.unpackb(body, strict_map_key=False, unicode_errors="surrogatepass")

    def _read(self, size: int) -> bytes:
        try:
            data = self._reader.read(size)
        except OSError as error:
            raise EOFError from error
        if len(data) < size:
            raise EOFError
        return data

    def hang_up(self) -> None:
        """End the connection for both ends, also for a thread that is waiting here for a message."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # the other end was faster
            return

    def close(self) -> None:
        """Give the descriptor back; nobody is to use this any more."""
        self._reader.close()
        self._socket.close()

"""What is said between a client and the warm process: one message each way over a socket of this user alone.

The socket has an abstract name (it starts with a NUL byte), so there is no file that could be left behind. One
connection is one kernel: it is asked for over it, its exit code comes back over it, and it ends when that closes.
"""

import json
import os
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any

VARIABLE = "NK521_WARM"
"""Environment variable with the name of the warm process's socket."""
_LENGTH = struct.Struct("!I")
_PEER = struct.Struct("3i")

FIXED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""No thread but the first may run in a process that forks; these libraries would start theirs when they are loaded."""
_SHAPING = ("PYTHON", "LD_", "MKL_", "MPL", "ARROW_")


def shaping(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that Python and its libraries read once, at their start: a fork cannot take other values for them."""
    return {name: value for name, value in environment.items() if name.startswith(_SHAPING) and name != "MPLBACKEND"}


def available() -> bool:
    """Can this system do it? Abstract sockets and process handles are Linux's."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def listen(name: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(f"\0{name}")
    listener.listen(64)
    return listener


def connect(name: str, timeout: float) -> socket.socket:
    """Raises OSError when nobody listens there, or somebody else does."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(f"\0{name}")
        if not same_user(connection):
            raise PermissionError("the warm process belongs to another user")
    except OSError:
        connection.close()
        raise
    return connection


def same_user(connection: socket.socket) -> bool:
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return _PEER.unpack(peer)[1] == os.getuid()


def send(connection: socket.socket, message: dict[str, Any], handles: Sequence[int] = ()) -> None:
    text = json.dumps(message).encode()
    socket.send_fds(connection, [_LENGTH.pack(len(text))], handles)
    connection.sendall(text)


def receive(connection: socket.socket, handles: int = 0) -> tuple[dict[str, Any], list[int]]:
    """A message and the file handles sent with it. Raises EOFError when the other side has gone."""
    head, received, _, _ = socket.recv_fds(connection, _LENGTH.size, handles)
    try:
        head += _exactly(connection, _LENGTH.size - len(head))
        return json.loads(_exactly(connection, _LENGTH.unpack(head)[0])), received
    except (OSError, EOFError):
        for handle in received:
            os.close(handle)
        raise


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts

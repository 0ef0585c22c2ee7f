"""Start a warm process, and have every kernel of this process and its children come from it."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint

from nk521lib.edge.warm import wire

CHOICE = "JUPYTER_DEFAULT_PROVISIONER_NAME"
NAME = "nk521-warm"


@dataclass
class Warm:
    """A warm process that this process has started. It ends with this process, however that ends."""

    name: str
    process: subprocess.Popen
    lifeline: int

    @classmethod
    def start(cls, preloaded: Sequence[str] = ()) -> "Warm":
        """Returns at once; who asks for a kernel waits until everything is imported.

        preloaded : modules to import in place of what the chapters need.
        """
        name = f"nk521-{secrets.token_hex(8)}"
        theirs, ours = os.pipe()
        try:
            with wire.listen(name) as listener:
                handles = (listener.fileno(), theirs)
                words = [sys.executable, "-m", "nk521lib.edge.warm.process", *map(str, handles), *preloaded]
                nothing = subprocess.DEVNULL
                process = subprocess.Popen(
                    words, pass_fds=handles, start_new_session=True, cwd="/", env=os.environ | wire.FIXED,
                    stdin=nothing, stdout=nothing, stderr=nothing,
                )  # fmt: skip
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return cls(name, process, ours)

    def end(self) -> None:
        """End it, and every kernel that was forked from it."""
        os.close(self.lifeline)
        self.process.terminate()  # it may still be importing, and not look at the line
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def warm_kernels(wanted: bool = True) -> Iterator[bool]:
    """Kernels started inside are forked from one warm process. Yields whether that is so.

    A warm process that is there already (of an enclosing call, or of a parent) is used. Where the system cannot do it,
    or `wanted` is False, the kernels are stock ones.
    """
    if not wanted or not wire.available():
        with _chosen("local-provisioner", None):
            yield False
        return
    name = os.environ.get(wire.VARIABLE)
    own = None if name else Warm.start()
    try:
        with _chosen(NAME, name or own.name):
            yield True
    finally:
        if own:
            own.end()


@contextmanager
def _chosen(provisioner: str, name: str | None) -> Iterator[None]:
    """Have jupyter_client choose this provisioner, whether or not it has looked at the variable before."""
    from jupyter_client.provisioning import KernelProvisionerFactory

    group = KernelProvisionerFactory.GROUP_NAME
    ours = EntryPoint(NAME, "nk521lib.edge.warm.provisioner:WarmProvisioner", group)
    KernelProvisionerFactory.provisioners.setdefault(NAME, ours)
    factory = KernelProvisionerFactory.instance()
    before = factory.default_provisioner_name
    with _set({CHOICE: provisioner, wire.VARIABLE: name}):
        factory.default_provisioner_name = provisioner
        try:
            yield
        finally:
            factory.default_provisioner_name = before


@contextmanager
def _set(variables: dict[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    _put(variables)
    try:
        yield
    finally:
        _put(before)


def _put(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

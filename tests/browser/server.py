"""The product as processes for tests: own data, free ports, each process stopped by its own id."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CLI = (sys.executable, "-m", "portal.cli")
SERVE = (*CLI, "serve")
PROCESSES: Mapping[str, Sequence[str]] = {
    "provider": (sys.executable, "-m", "auth.provider"),
    "dispatch": (*CLI, "dispatch"),
    "scheduler": (*CLI, "scheduler"),
    "serve": SERVE,
}
READY = "/health/ready"
DISCOVERY = "/.well-known/openid-configuration"
LIMIT = 60.0  # seconds until it must answer, on a busy machine
PATIENCE = 10.0  # seconds that it has for stopping


class DidNotStart(AssertionError):
    """The process ended or stayed silent; the message carries the end of its log."""


@dataclass(frozen=True, slots=True)
class Portal:
    """Where the running portal answers, and where its data and its log are."""

    url: str
    data: Path
    log: Path


@dataclass(slots=True)
class Product:
    """All processes of one portal, which a test may kill and start again."""

    data: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    ready: str = READY
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def provider_url(self) -> str:
        """The local identity provider listens on the next port."""
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def environment(self) -> dict[str, str]:
        return settings_for(self.data, self.port) | dict(self.settings)

    def log(self, name: str) -> Path:
        return self.data.parent / f"{self.data.name}-{name}.log"

    def start(self, *names: str) -> None:
        """Starts processes together and waits until those answer that do answer."""
        for name in names:
            self.spawn(name, PROCESSES[name])
        answering = {"serve": self.url + self.ready, "provider": self.provider_url + DISCOVERY}
        for name in names:
            if name in answering:
                _wait_until_ready(self.running[name], answering[name], self.log(name))

    def spawn(self, name: str, words: Sequence[str]) -> subprocess.Popen[bytes]:
        """Starts any command beside the others, with a process group of its own."""
        with self.log(name).open("ab") as output:
            process = subprocess.Popen(
                words,
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.running[name] = process
        return process

    def kill(self, name: str) -> None:
        """Kill -9, for the process and for all that it started."""
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        _end(process)
        with suppress(ProcessLookupError, PermissionError):  # what it may have left behind
            os.killpg(process.pid, signal.SIGKILL)

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs one `portal` command until its end."""
        done = subprocess.run(
            [*CLI, *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert not check or done.returncode == 0, f"portal {' '.join(words)}: {done.stderr}"
        return done

    def runtime_environment(self) -> Mapping[str, str]:
        """What settings are read from, for a test that opens the same data itself."""
        return {k: v for k, v in self.environment.items() if k.startswith("PORTAL_")}


def settings_for(data: Path, port: int) -> dict[str, str]:
    """The environment of a process: ours without any PORTAL_*, then only what is needed."""
    outside = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    return outside | {
        "PORTAL_DATA": str(data),
        "PORTAL_BIND": f"127.0.0.1:{port}",
        "PORTAL_MODE": "demo",
        "PORTAL_WORKERS": "1",
    }


def free_port() -> int:
    """A port that is free together with the next one, where the identity provider listens."""
    for _attempt in range(50):
        with socket.socket() as probe, socket.socket() as beside:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            with suppress(OSError, OverflowError):
                beside.bind(("127.0.0.1", port + 1))
                return port
    message = "no two free ports side by side"
    raise DidNotStart(message)


@contextmanager
def running_product(
    data: Path,
    *,
    names: Sequence[str] = tuple(PROCESSES),
    settings: Mapping[str, str] | None = None,
    ready: str = READY,
) -> Iterator[Product]:
    """`portal init` on the folder, then its processes until the block ends."""
    product = Product(data, free_port(), settings or {}, ready)
    product.command("init")
    try:
        product.start(*names)
        yield product
    finally:
        for name in reversed(list(product.running)):
            product.stop(name)


@contextmanager
def running_portal(
    data: Path, *, command: Sequence[str] = SERVE, ready: str = READY
) -> Iterator[Portal]:
    """Runs one command until the block ends; `{port}` in it is replaced by the port."""
    port = free_port()
    portal = Portal(f"http://127.0.0.1:{port}", data, data / "server.log")
    words = [word.replace("{port}", str(port)) for word in command]
    with _process(words, settings_for(data, port), portal.log) as process:
        _wait_until_ready(process, portal.url + ready, portal.log)
        yield portal


def until(condition: Callable[[], object], *, limit: float = 30.0, what: str = "") -> None:
    """Waits for a condition with a limit; fails with what was waited for."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            message = f"waited {limit:.0f} s in vain: {what}"
            raise AssertionError(message)
        time.sleep(0.05)


@contextmanager
def _process(
    words: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(PATIENCE)


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + LIMIT
    while process.poll() is None and time.monotonic() < end:
        if _answers(address):
            return
        time.sleep(0.05)
    state = "is silent" if process.poll() is None else f"ended with {process.returncode}"
    tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    message = f"the server {state}; the end of its log:\n{tail}"
    raise DidNotStart(message)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False

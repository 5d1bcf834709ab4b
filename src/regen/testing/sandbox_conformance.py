# ruff: noqa: S101, D401 - promises are asserted, and told in the present tense
"""What every sandbox adapter must keep, as checks that any adapter's test module can call.

    from regen.testing.sandbox_conformance import PROMISES

    @pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
    def test_my_sandbox(promise, tmp_path):
        promise(MySandbox(), tmp_path)

Each promise runs a program that tries what is forbidden, and raises AssertionError where it succeeds. `CONFINEMENT`
holds the promises that only a real sandbox can keep; `HOUSEKEEPING` those that even `none` keeps.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import socket
import sys
import tempfile
import threading
from typing import TYPE_CHECKING

from regen.ports import Command, Ended, Limits, View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from regen.ports import Sandbox

    Promise = Callable[[Sandbox, Path], None]

_READABLE = tuple(dict.fromkeys((sys.prefix, sys.base_prefix)))


def run_python(
    sandbox: Sandbox,
    project: Path,
    program: str,
    *,
    limits: Limits | None = None,
    **view: Mapping[str, bytes] | tuple[str, ...],
) -> Ended:
    """Run a Python program in `project` with that sandbox."""
    shown = View(root=str(project), readable=_READABLE, **view)  # type: ignore[arg-type]
    return sandbox.run(Command(argv=(sys.executable, "-c", program), view=shown, limits=limits or Limits()))


def _tries(sandbox: Sandbox, project: Path, attempt: str) -> str:
    """Return the name of the error that the attempt ends with, or `succeeded`."""
    lines = "\n".join(f"    {line}" for line in attempt.splitlines())
    ended = run_python(
        sandbox,
        project,
        f"try:\n{lines}\n    print('succeeded')\nexcept BaseException as e:\n    print(type(e).__name__)",
    )
    assert ended.exit_code == 0, ended
    return ended.stdout.decode().strip()


def _refuses(sandbox: Sandbox, project: Path, attempt: str) -> None:
    said = _tries(sandbox, project, attempt)
    assert said != "succeeded", f"the sandbox let a program do this:\n{attempt}"


# ── housekeeping ────────────────────────────────────────────────────────────────────────────────


def shows_files_in_front_of_the_project(sandbox: Sandbox, project: Path) -> None:
    """The view's files are seen in place of the project's own, which stay as they are."""
    (project / "a.txt").write_text("old")
    (project / "b.txt").write_text("kept")
    program = "print(*(open(name).read() for name in ('a.txt', 'b.txt', 'new/c.txt')))"
    ended = run_python(sandbox, project, program, files={"a.txt": b"new", "new/c.txt": b"added"})
    assert (ended.exit_code, ended.stdout) == (0, b"new kept added\n"), ended
    assert (project / "a.txt").read_text() == "old"
    assert not (project / "new").exists()


def hides_masked_paths(sandbox: Sandbox, project: Path) -> None:
    """Masked files and folders, and always `.git`, `.regen` and `.env*`, give nothing away."""
    for name in (".env", ".env.local", "hidden/test_a.py", ".git/config", ".regen/lock.json", "deep/secret.txt"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("CANARY")
    program = (
        "import os\nfor folder, _, files in os.walk('.'):\n    for name in files:\n"
        "        print(name, open(os.path.join(folder, name)).read())"
    )
    ended = run_python(sandbox, project, program, masked=("hidden", "deep/secret.txt"))
    assert ended.exit_code == 0, ended
    assert b"CANARY" not in ended.stdout, ended.stdout


def passes_stdin_and_exit_code(sandbox: Sandbox, project: Path) -> None:
    """Standard input, both outputs and the exit code go through unchanged; a signal's is negative."""
    program = "import sys; data = sys.stdin.buffer.read(); print(len(data)); print('x', file=sys.stderr); sys.exit(7)"
    view = View(root=str(project), readable=_READABLE)
    ended = sandbox.run(Command(argv=(sys.executable, "-c", program), view=view, stdin=b"a" * 300_000))
    assert (ended.exit_code, ended.stdout, ended.stderr, ended.stopped) == (7, b"300000\n", b"x\n", ""), ended
    killed = run_python(sandbox, project, "import os; os.kill(os.getpid(), 11)")
    assert killed.exit_code == -11, killed  # noqa: PLR2004


def gives_a_clean_environment(sandbox: Sandbox, project: Path) -> None:
    """Nothing of our own environment gets in; what the command names does."""
    os.environ["REGEN_CONFORMANCE_SECRET"] = "CANARY"  # noqa: S105
    try:
        view = View(root=str(project), readable=_READABLE)
        program = "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}), os.environ['MINE'])"
        ended = sandbox.run(Command(argv=(sys.executable, "-c", program), view=view, env={"MINE": "1"}))
    finally:
        del os.environ["REGEN_CONFORMANCE_SECRET"]
    assert ended.stdout == b"['HOME', 'LANG', 'MINE', 'PATH', 'PWD', 'TMPDIR'] 1\n", ended


def gives_a_scratch_folder(sandbox: Sandbox, project: Path) -> None:
    """TMPDIR and HOME can be written."""
    program = "import os, tempfile; open(os.path.join(os.environ['HOME'], 'a'), 'w').close(); tempfile.mkdtemp()"
    ended = run_python(sandbox, project, program)
    assert ended.exit_code == 0, ended


def stops_at_wall_time(sandbox: Sandbox, project: Path) -> None:
    """A program that waits for ever is ended, even one that ignores signals."""
    program = "import signal, time\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(999)"
    ended = run_python(sandbox, project, program, limits=Limits(wall_seconds=1.0))
    assert (ended.stopped, ended.exit_code) == ("wall time", -9), ended


def stops_at_cpu_time(sandbox: Sandbox, project: Path) -> None:
    """A program that computes for ever is ended."""
    ended = run_python(sandbox, project, "while True: pass", limits=Limits(cpu_seconds=1, wall_seconds=20))
    assert ended.stopped == "cpu time", ended
    assert ended.exit_code != 0, ended


def stops_at_memory(sandbox: Sandbox, project: Path) -> None:
    """A program that takes more memory than it may gets none, or is ended."""
    program = "blocks = []\nfor _ in range(64): blocks.append(bytearray(b'x' * (16 << 20)))\nprint('got it')"
    ended = run_python(sandbox, project, program, limits=Limits(memory_bytes=256 << 20))
    assert b"got it" not in ended.stdout, ended
    assert ended.stopped == "memory" or b"MemoryError" in ended.stderr, ended


def stops_at_output(sandbox: Sandbox, project: Path) -> None:
    """A program that prints for ever is ended, and no more is kept than allowed."""
    program = "import sys\nwhile True: sys.stdout.write('x' * 4096)"
    ended = run_python(sandbox, project, program, limits=Limits(output_bytes=10_000))
    assert (ended.stopped, len(ended.stdout) + len(ended.stderr)) == ("output", 10_000), ended.stopped


def stops_at_file_size(sandbox: Sandbox, project: Path) -> None:
    """A file does not grow beyond the limit."""
    program = (
        "import os, tempfile\npath = os.path.join(tempfile.mkdtemp(), 'big')\n"
        "try:\n    with open(path, 'wb') as f:\n        for _ in range(64): f.write(b'x' * (1 << 20)); f.flush()\n"
        "except OSError: pass\nprint(os.path.getsize(path))"
    )
    ended = run_python(sandbox, project, program, limits=Limits(file_bytes=1 << 20))
    assert ended.stdout == b"1048576\n", ended


def stops_at_processes(sandbox: Sandbox, project: Path) -> None:
    """A fork bomb is refused or ended; nothing of it survives."""
    program = (
        "import os\nfor n in range(200):\n    if os.fork() == 0:\n        import time; time.sleep(99)\nprint('all')"
    )
    ended = run_python(sandbox, project, program, limits=Limits(processes=20, wall_seconds=20))
    assert b"all" not in ended.stdout, ended
    assert ended.exit_code != 0, ended


def stops_when_told(sandbox: Sandbox, project: Path) -> None:
    """An event that is set ends the run."""
    stop = threading.Event()
    stop.set()
    view = View(root=str(project), readable=_READABLE)
    ended = sandbox.run(Command(argv=(sys.executable, "-c", "import time; time.sleep(99)"), view=view), stop)
    assert ended.stopped == "interrupted", ended


def leaves_nothing_behind(sandbox: Sandbox, project: Path) -> None:
    """No process, no file and no folder outlives a run, whether it ended well or was killed."""
    word = "regenconformance" + secrets.token_hex(4)
    before = set(os.listdir(tempfile.gettempdir())), sorted(os.listdir(project))
    leave = (
        "import os, subprocess, sys, tempfile\nopen(os.path.join(tempfile.mkdtemp(), 'left'), 'w').close()\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)', '{word}'])\n"
    )
    run_python(sandbox, project, leave)
    run_python(sandbox, project, leave + "import time; time.sleep(99)", limits=Limits(wall_seconds=1.0))
    after = set(os.listdir(tempfile.gettempdir())), sorted(os.listdir(project))
    assert not {name for name in after[0] - before[0] if f"-{os.getpid()}-" in name}, after[0] - before[0]
    assert after[1] == before[1]
    assert not _processes_with(word), "a process outlived its run"


def _processes_with(word: str) -> list[str]:
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    found += [name] if word.encode() in file.read() else []
            except OSError:
                continue
    return found


# ── confinement ─────────────────────────────────────────────────────────────────────────────────


def has_no_network(sandbox: Sandbox, project: Path) -> None:
    """Neither the machine's own servers, nor others', nor names can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        _refuses(sandbox, project, f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)")
    _refuses(sandbox, project, "import socket; socket.create_connection(('192.0.2.1', 80), 5)")
    _refuses(sandbox, project, "import socket; socket.getaddrinfo('example.com', 80)")
    _refuses(
        sandbox,
        project,
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    )
    _refuses(sandbox, project, "import socket; socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))")


def has_no_local_sockets(sandbox: Sandbox, project: Path) -> None:
    """Sockets that listen on this machine, by path or by abstract name, can't be reached."""
    name = f"regen-conformance-{os.getpid()}"
    with (
        socket.socket(socket.AF_UNIX) as by_name,
        socket.socket(socket.AF_UNIX) as by_path,
        tempfile.TemporaryDirectory() as folder,
    ):
        by_name.bind("\0" + name)
        by_name.listen()
        by_path.bind(f"{folder}/s")
        by_path.listen()
        connect = "import socket; socket.socket(socket.AF_UNIX).connect("
        _refuses(sandbox, project, f"{connect}'\\0{name}')")
        _refuses(sandbox, project, f"{connect}'{folder}/s')")


def hides_the_machine(sandbox: Sandbox, project: Path) -> None:
    """Files, home folders and processes of this machine can't be seen."""
    with tempfile.NamedTemporaryFile(prefix="conformance-") as secret:
        _refuses(sandbox, project, f"open({secret.name!r})")
    _refuses(sandbox, project, "open('/etc/shadow')")
    _refuses(sandbox, project, f"import os; os.listdir({os.path.expanduser('~/.ssh')!r})")
    _refuses(sandbox, project, "import os; os.listdir('/sys')")
    _refuses(sandbox, project, f"import os; open('/proc/{os.getpid()}/cmdline').read().index({sys.executable!r})")


def refuses_writes(sandbox: Sandbox, project: Path) -> None:
    """Nothing outside the scratch folder can be written: not the project, nor the system, nor the interpreter."""
    (project / "a.txt").write_text("x")
    for path in ("a.txt", "b.txt", "/usr/x", "/etc/x", "/x", os.path.join(sys.prefix, "x"), "/dev/x"):
        _refuses(sandbox, project, f"open({path!r}, 'w')")
    _refuses(sandbox, project, "import os; os.unlink('a.txt')")
    _refuses(sandbox, project, "import os; os.chmod('a.txt', 0o777)")
    _refuses(sandbox, project, "import os; os.link('a.txt', '/tmp/linked')")
    assert sorted(os.listdir(project)) == ["a.txt"]


def gives_no_privileges(sandbox: Sandbox, project: Path) -> None:
    """There are no capabilities, no way to new ones, and no devices but the harmless."""
    ended = run_python(sandbox, project, "print(open('/proc/self/status').read())")
    fields = dict(re.findall(r"^(\w+):\s+(\S+)", ended.stdout.decode(), re.MULTILINE))
    assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0, fields
    assert fields["NoNewPrivs"] == "1", fields
    _refuses(sandbox, project, "import os; os.mknod('/tmp/sda', 0o60660, os.makedev(8, 0))")
    _refuses(sandbox, project, "import os; os.setuid(0)")
    _refuses(sandbox, project, "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0")
    _refuses(
        sandbox, project, "import ctypes\nassert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0"
    )
    _refuses(sandbox, project, "import time; time.clock_settime(time.CLOCK_REALTIME, 0)")


def leaves_the_devices_as_they_are(sandbox: Sandbox, project: Path) -> None:
    """A program changes no device's mode, by name or by descriptor; here to one that harms nobody, and it is mended."""
    devices = [path for path in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/tty") if os.path.exists(path)]
    before = {path: os.stat(path) for path in devices}
    program = (
        "import os\n"
        f"opened = [os.open(path, os.O_RDWR) for path in {devices[:2]}]\n"
        f"for target in (*{devices}, *range(64)):\n"
        "    try: os.chmod(target, 0o777)\n"
        "    except OSError: pass\n"
    )
    try:
        run_python(sandbox, project, program)
        for path, was in before.items():
            now = os.stat(path)
            assert (now.st_mode, now.st_uid) == (was.st_mode, was.st_uid), f"the sandbox let a program change {path}"
    finally:
        for path, was in before.items():
            if os.stat(path).st_mode != was.st_mode:
                os.chmod(path, was.st_mode & 0o7777)


def keeps_settings_of_the_kernel(sandbox: Sandbox, project: Path) -> None:
    """No setting of the machine can be written, whoever runs the sandbox."""
    program = (
        "import os\nfor folder, _, files in os.walk('/proc/sys'):\n"
        "    for name in files:\n        path = os.path.join(folder, name)\n"
        "        if os.access(path, os.W_OK): print(path)"
    )
    assert run_python(sandbox, project, program).stdout == b""


def has_no_keyring(sandbox: Sandbox, project: Path) -> None:
    """The kernel's keyrings, which outlive a run, can be neither written nor read; nor other processes' memory."""
    calls = {"x86_64": (248, 249, 250, 101, 310), "aarch64": (217, 218, 219, 117, 270)}.get(platform.machine(), ())
    program = (
        "import ctypes\ncall = ctypes.CDLL(None, use_errno=True).syscall\n"
        f"print(sum(call(n, b'user', b'name', b'x', 1, -3) != -1 or ctypes.get_errno() != 38 for n in {calls}))"
    )
    assert run_python(sandbox, project, program).stdout == b"0\n"


def hides_traces_of_masked_files(sandbox: Sandbox, project: Path) -> None:
    """What tools keep of a masked test is masked with it: byte code, copies, caches, what else its folder holds."""
    hidden, visible = "tests/hidden/test_a.py", "tests/test_b.py"
    traces = ("tests/hidden/__pycache__/test_a.pyc", "tests/hidden/values.json", ".pytest_cache/v", f"{hidden}.orig")
    for name in (hidden, visible, "tests/data.json", *traces):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("CANARY" if name in (hidden, *traces) else "seen")
    program = (
        "import os\nfor folder, _, files in os.walk('.'):\n    for name in sorted(files):\n"
        "        print(open(os.path.join(folder, name)).read())"
    )
    ended = run_python(sandbox, project, program, masked=(hidden,))
    assert ended.stdout == b"seen\nseen\n", ended


HOUSEKEEPING: tuple[Promise, ...] = (
    shows_files_in_front_of_the_project,
    hides_masked_paths,
    hides_traces_of_masked_files,
    passes_stdin_and_exit_code,
    gives_a_clean_environment,
    gives_a_scratch_folder,
    stops_at_wall_time,
    stops_at_cpu_time,
    stops_at_memory,
    stops_at_output,
    stops_at_file_size,
    stops_at_processes,
    stops_when_told,
    leaves_nothing_behind,
)
CONFINEMENT: tuple[Promise, ...] = (
    has_no_network,
    has_no_local_sockets,
    hides_the_machine,
    refuses_writes,
    gives_no_privileges,
    leaves_the_devices_as_they_are,
    keeps_settings_of_the_kernel,
    has_no_keyring,
)
PROMISES: tuple[Promise, ...] = HOUSEKEEPING + CONFINEMENT

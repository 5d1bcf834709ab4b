"""The system calls that no program in a sandbox may make, as the kernel's filter (seccomp(2), classic BPF).

What is refused reaches past the namespaces (kernel keyrings outlive a run), past the process (other processes' memory)
or is a large part of the kernel that tests never need. Refused calls fail with ENOSYS, as on a kernel without them.
"""

from __future__ import annotations

import platform
import struct
from typing import NamedTuple

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 38
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_CLOSE_RANGE = 436


class _Machine(NamedTuple):
    audit: int
    other_abi: int
    refused: tuple[int, ...]
    closing: tuple[tuple[int, int], ...]  # the call, and which of its arguments is the descriptor that is lost


# add_key, request_key, keyctl; ptrace, process_vm_readv, process_vm_writev, kcmp, pidfd_getfd; perf_event_open, bpf,
# userfaultfd, io_uring_setup, io_uring_enter, io_uring_register
_EVERYWHERE = (438, 425, 426, 427)
_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        other_abi=0x40000000,  # x32: the same calls by other numbers
        refused=(248, 249, 250, 101, 310, 311, 312, 298, 321, 323, *_EVERYWHERE),
        closing=((3, 0), (33, 1), (292, 1)),  # close, dup2, dup3
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        other_abi=0,
        refused=(217, 218, 219, 117, 270, 271, 272, 241, 280, 282, *_EVERYWHERE),
        closing=((57, 0), (24, 1)),
    ),
}


def refusals(machine: str = "", kept: tuple[int, ...] = ()) -> bytes:
    """Return the filter for a machine's name as `platform.machine()` has it (this one's); empty where none is known.

    The descriptors in `kept` can be neither closed nor replaced, so that nothing comes between them and their reader.
    """
    known = _MACHINES.get(machine or platform.machine())
    if known is None:
        return b""
    lines: list[tuple[int, int, str, str]] = [
        (_LOAD, _ARCHITECTURE, "", ""),
        (_EQUAL, known.audit, "", "refuse"),
        (_LOAD, _NUMBER, "", ""),
    ]
    if known.other_abi:
        lines.append((_AT_LEAST, known.other_abi, "refuse", ""))
    lines += [(_EQUAL, number, "refuse", "") for number in known.refused]
    if kept:
        lines.append((_EQUAL, _CLOSE_RANGE, "refuse", ""))
        for number, argument in known.closing:
            lines.append((_EQUAL, number, "", f"after {number}"))
            lines.append((_LOAD, _ARGUMENTS + 8 * argument, "", ""))
            lines += [(_EQUAL, descriptor, "refuse", "") for descriptor in kept]
            lines.append((_RETURN, _ALLOW, "", f"={number}"))
    return _assembled(lines)


def _assembled(lines: list[tuple[int, int, str, str]]) -> bytes:
    """Return the kernel's form: a jump says how many lines it skips if the comparison holds, and if not."""
    places = {"allow": len(lines), "refuse": len(lines) + 1}
    places |= {f"after {mark[1:]}": line + 1 for line, (*_, mark) in enumerate(lines) if mark.startswith("=")}

    def skip(line: int, name: str) -> int:
        return places[name] - line - 1 if name in places else 0

    found = [
        struct.pack("HBBI", code, skip(line, holds), skip(line, otherwise), value)
        for line, (code, value, holds, otherwise) in enumerate(lines)
    ]
    return b"".join([*found, struct.pack("HBBI", _RETURN, 0, 0, _ALLOW), struct.pack("HBBI", _RETURN, 0, 0, _REFUSE)])

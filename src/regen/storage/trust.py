"""Audits on disk: `.regen/trust/<unit>.json`, tracked by git, one small file a unit."""

from __future__ import annotations

from regen.errors import MachineError, Problem
from regen.storage.atomic import write_atomically
from regen.storage.ledger import STATE, write_failure
from regen.trust.record import TrustRecord, decode, encode


class DiskTrust:
    """Reads and writes the records of the project at the absolute path `root`."""

    def __init__(self, root: str) -> None:
        self._root = root

    def read(self, unit: str) -> TrustRecord | None:
        """Return the unit's record, None where there is none; raise MachineError where it can't be read."""
        path = _path(unit)
        try:
            with open(f"{self._root}/{path}", "rb") as file:
                return decode(file.read())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            problem = Problem(message=f"{path} can't be read: {said}", path=path, hint=f"regen audit {unit}")
            raise MachineError(problem) from None

    def write(self, record: TrustRecord) -> None:
        """Replace the unit's record."""
        path = _path(record.unit)
        try:
            write_atomically(f"{self._root}/{path}", encode(record))
        except OSError as error:
            raise write_failure(path, error) from None


def _path(unit: str) -> str:
    return f"{STATE}/trust/{unit}.json"

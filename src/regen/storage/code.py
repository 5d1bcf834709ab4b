"""Reading and writing the project's own files."""

from __future__ import annotations

import os
import stat

from regen.errors import InputError, MachineError, Problem
from regen.specs.spec import normalise_newlines
from regen.storage.atomic import write_atomically
from regen.storage.ledger import STATE, write_failure


class DiskCode:
    """The port `Code` for the project at the absolute path `root`."""

    def __init__(self, root: str) -> None:
        self.root = root

    def read(self, path: str) -> str | None:
        try:
            with open(f"{self.root}/{path}", "rb") as file:
                return normalise_newlines(file.read().decode("utf-8", "replace"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            message = f"can't read {path}: {error.strerror or error}"
            raise MachineError(Problem(message=message, path=path, hint=f"ls -ld {path}", fault="machine")) from None

    def write(self, path: str, text: str) -> None:
        place = f"{self.root}/{path}"
        if path.startswith("/") or ".." in path.split("/"):
            message = f"{path} is not written: it is outside the project"
            raise InputError(Problem(message=message, path=path, hint="regen status"))
        link = self._link_on_the_way(path)
        if link:
            message = f"{path} is not written: {link} is a symbolic link"
            raise InputError(Problem(message=message, path=path, hint=f"ls -l {link}"))
        try:
            mode = stat.S_IMODE(os.lstat(place).st_mode)
        except OSError:
            mode = 0o644
        try:
            write_atomically(place, text.encode(), mode=mode, scratch=f"{self.root}/{STATE}/local/unfinished")
        except OSError as error:
            raise write_failure(path, error) from None

    def _link_on_the_way(self, path: str) -> str:
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            piece = "/".join(parts[:end])
            if os.path.islink(f"{self.root}/{piece}"):
                return piece
        return ""

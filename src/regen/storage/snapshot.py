"""The last plan, kept with the fingerprint of the tree it was made from: with nothing changed, nothing is planned.

Imports only what starts fast. The file is a cache: anything odd about it means that there is none.
"""

from __future__ import annotations

import json
import os

from regen import __version__
from regen.storage.tree import Scan, scan, signature

TYPE_CHECKING = False  # importing typing takes longer than reading the snapshot
if TYPE_CHECKING:
    from typing import Any

_FILE = ".regen/cache/plan.json"


class Snapshot:
    """A plan as plain data: `rows` are `[unit, state, step, reasons, mend]` of what is not fresh, `fresh` are ids.

    `notices` are lines about the project. `jobs` is how many generators may be asked at a time.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.rows: list[list[Any]] = data["rows"]
        self.fresh: list[str] = data["fresh"].split("\n") if data["fresh"] else []
        self.notices: list[str] = data["notices"]


def load(root: str) -> Snapshot | None:
    """Return the plan of the project at the absolute path `root` if the tree is as it was, else None."""
    try:
        with open(f"{root}/{_FILE}", "rb") as file:
            data = json.loads(file.read())
        if data["version"] != __version__ or data["mode"] not in {"git", "walk"}:
            return None
        seen = scan(root, data["mode"])
        if seen.mode != data["mode"] or seen.fingerprint != data["fingerprint"]:
            return None
        if any(signature(root, path) != known for path, known in data["extras"].items()):
            return None
        return Snapshot(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def save(
    root: str, seen: Scan, extras: dict[str, str], rows: list[list[Any]], fresh: list[str], notices: list[str]
) -> None:
    """Keep a plan; a cache that can't be written is no failure."""
    data = {
        "version": __version__, "mode": seen.mode, "fingerprint": seen.fingerprint, "extras": extras,
        "rows": rows, "fresh": "\n".join(fresh), "notices": notices,
    }  # fmt: skip
    place = f"{root}/{_FILE}"
    try:
        ignore_caches(root)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        unfinished = f"{place}.{os.getpid()}"
        try:
            with open(unfinished, "w", encoding="utf-8") as file:
                json.dump(data, file)
            os.replace(unfinished, place)
        except OSError:
            os.unlink(unfinished)
    except OSError:
        return


def ignore_caches(root: str) -> None:
    """Tell git to leave the caches alone, or the plan's own file would change the tree that it describes.

    And to leave line ends alone: texts are named by their hash.
    """
    for name, text in ((".gitignore", "cache/\nlocal/\n"), (".gitattributes", "* -text\n")):
        place = f"{root}/.regen/{name}"
        if not os.path.exists(place):
            with open(place, "w", encoding="utf-8") as file:
                file.write(text)

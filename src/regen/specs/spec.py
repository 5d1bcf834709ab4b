"""What a spec says, whatever dialect it was written in."""

from __future__ import annotations

import hashlib

import msgspec


class TestLink(msgspec.Struct, frozen=True, kw_only=True):
    """A test that the spec names: a file or a node id, and where it is named."""

    __test__ = False

    ref: str
    line: int
    column: int

    @property
    def path(self) -> str:
        return self.ref.partition("::")[0]


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement: its id, its text with white space folded, and the lines (from 1) where it stands."""

    id: str
    text: str
    line: int
    end_line: int
    column: int = 1

    @property
    def digest(self) -> str:
        return digest(self.text)


class OpenQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question that blocks the unit until a person answers it."""

    text: str
    line: int


class FrontMatter(msgspec.Struct, frozen=True, kw_only=True):
    """The part between the `---` lines; `lines` maps each key to the line (from 1) where its value starts."""

    unit: str = ""
    targets: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    hidden_tests: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    generator: str = ""
    revise: bool = False
    test_command: str = ""
    lines: dict[str, int] = {}


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One spec file. `body` is the text that goes into a prompt: no front matter, no HTML comments, LF only.

    `prose` is all that is no requirement and no declared interface, with white space folded; `interface` is the code
    under the heading "Interface". `body_line` is the file's line of the body's first line. `limits` are the list items
    under the heading "Limits", folded.
    """

    path: str
    title: str
    front: FrontMatter | None
    body: str
    body_line: int
    prose: str
    interface: str
    interface_line: int
    requirements: tuple[Requirement, ...]
    test_links: tuple[TestLink, ...]
    open_questions: tuple[OpenQuestion, ...]
    limits: tuple[str, ...] = ()


def digest(text: str) -> str:
    """Return the sha256 of `text` in hex: what regen stores texts and compares contents by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def normalise_newlines(text: str) -> str:
    """Return `text` without a byte-order mark and with LF line ends: how regen reads every text file."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

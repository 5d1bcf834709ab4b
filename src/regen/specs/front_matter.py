"""The YAML between `---` lines, read with positions so that every problem of it can be shown in its place."""

from __future__ import annotations

import re
from typing import Any

import yaml

from regen.errors import Problem, nearest
from regen.specs.spec import FrontMatter

_TEXT = {"unit": str, "generator": str, "test_command": str}
_LISTS = ("uses", "tests", "hidden_tests", "context")
KNOWN_KEYS = ("target", "targets", "revise", *_TEXT, *_LISTS)

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def split(text: str) -> tuple[str | None, str, int]:
    """Return the front matter (None where there is none, or it is not closed), the body, and the body's first line."""
    lines = text.split("\n")
    if not lines or lines[0].rstrip() != "---":
        return None, text, 1
    for number in range(1, len(lines)):
        if lines[number].rstrip() in {"---", "..."}:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2
    return None, text, 1


def parse(source: str, path: str) -> tuple[FrontMatter | None, list[Problem]]:
    """Return what the front matter says, and all its problems at once; None where it is no mapping at all.

    `source` is the text between the `---` lines, so its line 1 is the file's line 2.
    """
    lines = source.split("\n")

    def problem(message: str, line: int, column: int, width: int = 1, hint: str = "") -> Problem:
        if line >= len(lines):  # the reader stumbled over the end: show the last line, and the caret behind it
            line, column = len(lines) - 1, len(lines[-1])
        text = lines[line]
        return Problem(message=message, path=path, line=line + 2, column=column + 1, width=width, source=text,
                       hint=hint or f"edit {path}:{line + 2}, then: regen status")  # fmt: skip

    try:
        deep = _too_deep(source)
        if deep:
            return None, [problem(f"the front matter is nested more than {_DEEPEST} levels deep", *deep)]
        node = yaml.compose(source, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        return None, [problem(f"the front matter is not valid YAML: {error.problem or error.context}", line, column)]
    except yaml.YAMLError as error:
        return None, [problem(f"the front matter is not valid YAML: {error}".split("\n")[0], 0, 0)]
    if node is None:
        return FrontMatter(), []
    if not isinstance(node, yaml.MappingNode):
        return None, [problem("the front matter must be `key: value` lines", 0, 0, len(lines[0]))]
    return _read(node, path, problem)


def _too_deep(source: str) -> tuple[int, int] | None:
    """Return where (line, column, from 0) the nesting gets so deep that libyaml's reader could overflow the stack."""
    depth = 0
    for event in yaml.parse(source, Loader=_LOADER) if len(source) > 2 * _DEEPEST * _DEEPEST else ():
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST and event.start_mark:
            return event.start_mark.line, event.start_mark.column
    return None


def _read(node: Any, path: str, problem: Any) -> tuple[FrontMatter, list[Problem]]:
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    where: dict[str, int] = {}
    keys: dict[str, int] = {}
    for key_node, value_node in node.value:
        mark = key_node.start_mark
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(problem("a key must be one word", mark.line, mark.column, _width(key_node)))
            continue
        key = str(key_node.value)
        if key not in KNOWN_KEYS:
            near = nearest(key, KNOWN_KEYS)
            meant = f"; did you mean `{near}`?" if near else f"; known keys: {', '.join(sorted(KNOWN_KEYS))}"
            hint = f"sed -i '{mark.line + 2}s/{key}/{near}/' {path}" if near else ""
            problems.append(problem(f"unknown key `{key}`{meant}", mark.line, mark.column, len(key), hint))
        elif key in values:
            problems.append(problem(f"the key `{key}` is given twice", mark.line, mark.column, len(key)))
        else:
            value, wrong = _value(key, value_node)
            where[key] = value_node.start_mark.line + 2
            keys[key] = mark.line
            if wrong:
                at = value_node.start_mark
                problems.append(problem(f"`{key}` must be {wrong}", at.line, at.column, _width(value_node)))
            values[key] = value
    if "target" in values and "targets" in values:
        problems.append(problem("give `target` or `targets`, not both", keys["targets"], 0, len("targets")))
    single = values.pop("target", None)
    targets = (single,) if single else values.pop("targets", ())
    values.pop("targets", None)
    kept = {key: value for key, value in values.items() if value is not None}
    return FrontMatter(targets=tuple(targets or ()), lines=where, **kept), problems


def _value(key: str, node: Any) -> tuple[Any, str]:
    """Return the value, and in words what it should have been where it is of the wrong kind."""
    if key == "revise":
        value = str(getattr(node, "value", "")).lower()
        return value in {"true", "yes", "on"}, "" if value in {
            "true",
            "false",
            "yes",
            "no",
            "on",
            "off",
        } else "true or false"
    if key in _TEXT or key == "target":
        return (str(node.value), "") if _is_word(node) else (None, "one word or path")
    if _is_word(node):
        return (str(node.value),), ""
    if isinstance(node, yaml.SequenceNode) and all(_is_word(n) for n in node.value):
        return tuple(str(n.value) for n in node.value), ""
    return None, "a list of words or paths, such as [a, b]"


def _is_word(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and bool(node.value) and not _CONTROL.search(node.value)


def _width(node: Any) -> int:
    if node.start_mark.line == node.end_mark.line:
        return max(1, int(node.end_mark.column - node.start_mark.column))
    return 1

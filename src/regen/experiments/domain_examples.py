"""Calls and constants that spec, tests and programs show: where fuzzing starts from."""

from __future__ import annotations

import ast
import itertools
import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from regen.experiments.fuzz_values import Value, read, render
from regen.python_syntax import parse_expression, parse_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_UNREADABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, OverflowError)
_MOST_CALLS = 300
_MOST_CONSTANTS = 60
_MOST_ROWS = 300
_LONGEST_CALL = 4_000
_LONGEST_CONSTANT = 60
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*\w)")
_QUOTED = re.compile(r"""(?<!\w)(?:'([^'\n]{1,40})'|"([^"\n]{1,40})"|`([^`\n(){}]{1,40})`)(?!\w)""")
_Environment = dict[str, Value]


class Call(msgspec.Struct, frozen=True):
    """One call with its arguments."""

    positional: tuple[Value, ...]
    named: tuple[tuple[str, Value], ...] = ()

    def matched(self, order: Sequence[str], defaults: Mapping[str, ast.expr]) -> tuple[Value, ...]:
        """Return a value for each parameter of `order`; nothing where the call does not fit."""
        named = dict(self.named)
        if len(self.positional) > len(order) or any(name not in order for name in named):
            return ()
        values = list(self.positional)
        for name in order[len(values) :]:
            if name in named:
                values.append(named[name])
            elif name in defaults:
                try:
                    values.append(read(defaults[name]))
                except _UNREADABLE:
                    return ()
            else:
                return ()
        return tuple(values)


class Examples(msgspec.Struct, frozen=True):
    """The calls found, by the name of what is called, without repetitions; and constants, the most used first."""

    calls: Mapping[str, tuple[Call, ...]]
    constants: tuple[Value, ...]


def read_examples(
    names: Iterable[str], *, prose: Sequence[str], tests: Sequence[str], programs: Sequence[str]
) -> Examples:
    """Return what the texts show of the functions, methods and classes `names`."""
    wanted = set(names)
    calls: dict[str, dict[str, Call]] = {name: {} for name in wanted}
    constants: Counter[Value] = Counter()
    for text in prose:
        for name, call in _calls_in_prose(text, wanted):
            calls[name].setdefault(repr(call), call)
        constants.update(_constants_in_prose(text))
    for text in tests:
        tree = _tree(text)
        if tree is not None:
            for name, call in _calls_in_tests(tree, wanted):
                calls[name].setdefault(repr(call), call)
            constants.update(_constants(tree))
    for text in programs:
        tree = _tree(text)
        if tree is not None:
            constants.update(set(_constants(tree)))
    common = [constant for constant, _ in constants.most_common(_MOST_CONSTANTS)]
    return Examples(
        {name: tuple(itertools.islice(found.values(), _MOST_CALLS)) for name, found in calls.items()}, tuple(common)
    )


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parse_module(text)
    except _UNREADABLE:
        return None


# ── prose ───────────────────────────────────────────────────────────────────────────────────────


def _calls_in_prose(text: str, wanted: set[str]) -> Iterator[tuple[str, Call]]:
    for name in sorted(wanted):
        for found in re.finditer(rf"(?<![\w]){re.escape(name)}\(", text):
            if text[: found.start()].rstrip(" ").endswith(("def", "class")):
                continue
            source = _balanced(text, found.end() - 1)
            try:
                node = parse_expression(f"{name}{source}") if source else None
                if isinstance(node, ast.Call):
                    yield name, _call(node, {})
            except _UNREADABLE:
                continue


def _balanced(text: str, start: int) -> str:
    """Return the text from the bracket at `start` to the one that closes it, or nothing."""
    depth, quote, place = 0, "", start
    for place in range(start, min(len(text), start + _LONGEST_CALL)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return text[start : place + 1].replace("\n", " ")
    return ""


def _constants_in_prose(text: str) -> Iterator[Value]:
    for found in _NUMBER.findall(text):
        if len(found) < _LONGEST_CONSTANT:
            yield float(found) if "." in found else int(found)
    for groups in _QUOTED.findall(text):
        yield next(group for group in groups if group)


# ── code ────────────────────────────────────────────────────────────────────────────────────────


def _constants(tree: ast.Module) -> Iterator[Value]:
    """Yield the literals of code, without docstrings."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and id(node) not in docs
            and isinstance(node.value, int | float | str | bytes)
        ):
            if isinstance(node.value, bool) or len(repr(node.value)) > _LONGEST_CONSTANT:
                continue
            yield node.value


def _calls_in_tests(tree: ast.Module, wanted: set[str]) -> Iterator[tuple[str, Call]]:
    shared: _Environment = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                shared[node.targets[0].id] = read(node.value)
            except _UNREADABLE:
                continue
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(inner) for function in functions for inner in ast.walk(function)}
    outside = [each for each in ast.walk(tree) if id(each) not in inside]
    yield from _read_calls(outside, wanted, [shared])
    for function in functions:
        environments = [{**shared, **own} for own in _environments(function)]
        yield from _read_calls(ast.walk(function), wanted, environments)


def _read_calls(
    nodes: Iterable[ast.AST], wanted: set[str], environments: Sequence[_Environment]
) -> Iterator[tuple[str, Call]]:
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in wanted:
            continue
        seen: set[str] = set()
        for environment in environments:
            try:
                call = _call(node, environment)
            except _UNREADABLE:
                continue
            if repr(call) not in seen:
                seen.add(repr(call))
                yield name, call


def _environments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[_Environment]:
    """Return what names stand for in a test: a row of its parameters or of a loop each, and simple assignments."""
    tables = [table for decorator in function.decorator_list if (table := _parametrized(decorator))]
    loops = [node for node in ast.walk(function) if isinstance(node, ast.For | ast.comprehension)]
    tables += [table for loop in loops if (table := _looped(loop))]
    fixed: _Environment = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            try:
                fixed[node.targets[0].id] = read(node.value)
            except _UNREADABLE:
                continue
    rows = itertools.islice(itertools.product(*tables), _MOST_ROWS)
    return [{**fixed, **{name: value for part in row for name, value in part.items()}} for row in rows]


def _parametrized(decorator: ast.expr) -> list[_Environment]:
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith("parametrize"):
        return []
    if len(decorator.args) < 2:  # noqa: PLR2004 - names and values
        return []
    try:
        names = read(decorator.args[0])
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    except _UNREADABLE:
        return []
    values = decorator.args[1]
    rows = []
    for item in values.elts if isinstance(values, ast.List | ast.Tuple) else []:
        shown = item
        if isinstance(item, ast.Call) and ast.unparse(item.func).endswith("param"):
            shown = item.args[0] if len(names) == 1 and item.args else ast.Tuple(elts=item.args, ctx=ast.Load())
        rows.append(_row(names, shown))
    return [row for row in rows if row]


def _row(names: Sequence[str], shown: ast.expr) -> _Environment:
    """Return what of a row can be read: an expected value that can't be does no harm."""
    if len(names) == 1:
        cells = [shown]
    elif isinstance(shown, ast.Tuple | ast.List) and len(shown.elts) == len(names):
        cells = shown.elts
    else:
        return {}
    row: _Environment = {}
    for name, cell in zip(names, cells, strict=True):
        try:
            row[name] = read(cell)
        except _UNREADABLE:
            continue
    return row


def _looped(node: ast.For | ast.comprehension) -> list[_Environment]:
    target = node.target
    names = [target] if isinstance(target, ast.Name) else getattr(target, "elts", [])
    if not names or not all(isinstance(name, ast.Name) for name in names):
        return []
    rows = node.iter.elts if isinstance(node.iter, ast.List | ast.Tuple) else []
    return [row for each in rows if (row := _row([name.id for name in names], each))]


def _call(node: ast.Call, environment: _Environment) -> Call:
    """Return the call with names replaced; raise ValueError where an argument is more than data."""
    positional: list[Value] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            positional.extend(_value(argument.value, environment))
        else:
            positional.append(_value(argument, environment))
    if any(keyword.arg is None for keyword in node.keywords):
        raise ValueError(ast.unparse(node))
    named = tuple((keyword.arg or "", _value(keyword.value, environment)) for keyword in node.keywords)
    call = Call(tuple(positional), named)
    if len(render(call.positional)) > _LONGEST_CALL:
        raise ValueError(len(call.positional))
    return call


def _value(node: ast.expr, environment: _Environment) -> Value:
    if isinstance(node, ast.Name) and node.id in environment:
        return environment[node.id]
    return read(node)

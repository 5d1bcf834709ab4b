"""Tests whose outcome hangs on chance, the clock, the hash seed, a shared object or what lies in a folder.

The causes are those of Luo et al.: An empirical analysis of flaky tests (2014): async wait, concurrency, order
dependence, resource leak, network, time, randomness, unordered collections. Running again in other orders, clocks and
seeds proves a dependence where it shows; one failure in a thousand runs, or one day a year, is only seen by reading.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.about import About, finding
from regen.trust.suite_lint.clocks import calendar, stopwatch, surroundings, waiting
from regen.trust.suite_lint.leftovers import left_behind, shared
from regen.trust.suite_lint.names import dotted_name
from regen.trust.suite_lint.reached import Found, Reached, reached_by
from regen.trust.suite_lint.reading import Function, SuiteFile, TestCase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.evidence import Finding

_ADVICE = "Hand the order, time or chance in, so that each run is the same."
_CHANCE = re.compile(
    r"random\.(?:random|randint|randrange|choices?|sample|shuffle|uniform|gauss|betavariate|expovariate|normalvariate"
    r"|triangular|getrandbits|randbytes|SystemRandom)|secrets\.\w+|os\.urandom|numpy\.random\.(?!seed|default_rng)\w+"
)
_OWN_GENERATORS = {"random.Random", "numpy.random.default_rng"}
_ORDERED = {"list", "tuple", "str", "repr", "next", "enumerate"}


def unsteady(file: SuiteFile, case: TestCase, about: About) -> Iterator[Finding]:
    """Yield at most one finding: what the outcome of a test hangs on beside the code."""
    test = reached_by(file, case, about)
    for judge in (_chance, calendar, stopwatch, waiting, surroundings, _hash_order, left_behind, shared):
        for line, why in judge(test):
            yield finding("flaky", file, case, line, f"`{case.name}` {why}", _ADVICE)
            return


def _chance(test: Reached) -> Iterator[Found]:
    """Find values that are drawn without a seed."""
    calls = list(test.calls())
    if any(name.endswith("random.seed") for _, name in calls) or "random" in test.replaced:
        return
    for call, name in calls:
        unseeded = name in _OWN_GENERATORS and not call.args and not call.keywords
        if unseeded or _CHANCE.fullmatch(name):
            yield call.lineno, f"draws by `{ast.unparse(call.func)}` without a seed: each run tries something else"


def _hash_order(test: Reached) -> Iterator[Found]:
    """Find an order taken from a set, and a hash of a text that is written down."""
    values = dict(test.file.constants)
    for node in test.nodes():
        if isinstance(node, ast.Assign):
            values |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
    for node in test.nodes():
        if isinstance(node, ast.Subscript) and _takes_order(node.value, values, test.about):
            yield node.lineno, f"takes one of a set by `{ast.unparse(node)}`: which one depends on the hash seed"
        elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            for one, other in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
                shown = values.get(one.id, one) if isinstance(one, ast.Name) else one
                if _takes_order(shown, values, test.about) and _has_order(other):
                    yield node.lineno, f"pins the order of a set (`{ast.unparse(shown)}`), which has none"
                if isinstance(shown, ast.Call) and dotted_name(shown.func) in {"hash", "id"}:  # noqa: SIM102
                    if isinstance(other, ast.Constant):
                        yield node.lineno, f"writes down what `{ast.unparse(shown)}` was in one run"


def _takes_order(node: ast.expr, values: dict[str, ast.expr], about: About) -> bool:
    """Tell whether an expression makes a sequence or a text of a set of texts."""
    if not (isinstance(node, ast.Call) and node.args):
        return False
    joins = isinstance(node.func, ast.Attribute) and node.func.attr == "join"
    return (joins or dotted_name(node.func) in _ORDERED) and _is_set(node.args[0], values, about)


def _is_set(node: ast.expr, values: dict[str, ast.expr], about: About, depth: int = 3) -> bool:
    if isinstance(node, ast.Name) and node.id in values and depth:
        return _is_set(values[node.id], values, about, depth - 1)
    if isinstance(node, ast.Set | ast.SetComp):
        elements = getattr(node, "elts", [])
        numbers = [e for e in elements if isinstance(e, ast.Constant) and isinstance(e.value, int)]
        return len(elements) != 1 and (not elements or len(numbers) < len(elements))
    if not isinstance(node, ast.Call):
        return False
    called = dotted_name(node.func)
    if called == "iter" and node.args:
        return _is_set(node.args[0], values, about, depth)
    return called in {"set", "frozenset"} or any(
        isinstance(part, Function)
        and part.name == called.rsplit(".", 1)[-1]
        and part.returns is not None
        and re.match(r"(?:frozen)?set\[str\]", ast.unparse(part.returns))
        for part in (ast.walk(about.interface) if about.interface else ())
    )


def _has_order(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        return len(node.elts) > 1
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 1

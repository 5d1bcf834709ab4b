"""Measures all that `regen audit` and the policies promise; exits with 1 if any figure falls short.

    python benchmarks/trust.py [--quick] [--data FILE] [agreement] [spending] [mutation] [audit]

Each part can be run by itself as well: `agreement.py` and `spending.py` on replies that real models gave (`--data`, of
the form of humaneval_replies.jsonl.gz), `mutation.py` beside mutmut 3, `audit.py` on planted faults.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import agreement
import audit
import mutation
import spending

PARTS = {
    "agreement": lambda quick, data: agreement.measure(quick=quick, data=data),
    "spending": lambda quick, data: spending.measure(quick=quick, data=data),
    "mutation": lambda quick, _: mutation.measure(quick),
    "audit": lambda quick, _: audit.measure(quick=quick),
}
DATA = Path(__file__).parents[2] / "shared" / "data" / "humaneval_replies.jsonl.gz"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FILE", help="other recorded replies")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part is called {min(unknown)}; there are {', '.join(PARTS)}")
    falls_short = False
    for name, measure in PARTS.items():
        if options.parts and name not in options.parts:
            continue
        started = time.perf_counter()
        print(f"── {name}", flush=True)
        for what, figure, goal, holds in measure(options.quick, options.data):
            verdict = f"goal {goal:<10} {'holds' if holds else 'falls short'}" if goal else "no goal"
            print(f"{what:<76} {figure:>12}   {verdict}", flush=True)
            falls_short |= bool(goal) and not holds
        print(f"   {time.perf_counter() - started:.0f} s", flush=True)
    return int(falls_short)


if __name__ == "__main__":
    sys.exit(main())

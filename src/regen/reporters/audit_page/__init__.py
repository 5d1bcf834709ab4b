"""`regen audit --html`: one self-contained page a project; `page.py` names its parts."""

from __future__ import annotations

from regen.reporters.audit_page.page import render_page

__all__ = ["render_page"]

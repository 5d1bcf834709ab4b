"""Each adapter keeps the promises of the suite, and each promise is shown to fail where it is broken."""

from __future__ import annotations

import os

import pytest

from regen.sandboxes import open_sandbox
from regen.sandboxes.bubblewrap import Bubblewrap
from regen.testing.sandbox_conformance import CONFINEMENT, HOUSEKEEPING, PROMISES, leaves_the_devices_as_they_are


def named(promise):
    return promise.__name__


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("promise", PROMISES, ids=named)
def test_bubblewrap_keeps(promise, project):
    promise(open_sandbox("bubblewrap"), project)


@pytest.mark.parametrize("promise", PROMISES, ids=named)
def test_bubblewrap_keeps_where_the_kernel_refuses_overlays(promise, project, monkeypatch):
    sandbox = Bubblewrap()
    monkeypatch.setattr(Bubblewrap, "overlay", refuse_overlay)
    promise(sandbox, project)


def refuse_overlay(self, view, folder):
    from regen.sandboxes.bubblewrap import OverlayRefusedError

    raise OverlayRefusedError


@pytest.mark.parametrize("promise", HOUSEKEEPING, ids=named)
def test_none_keeps(promise, project):
    promise(open_sandbox("none"), project)


# Another user than root may not change the machine's devices anyway.
BREAKABLE = [promise for promise in CONFINEMENT if os.getuid() == 0 or promise is not leaves_the_devices_as_they_are]


@pytest.mark.parametrize("promise", BREAKABLE, ids=named)
def test_the_suite_notices_what_none_cannot_keep(promise, project):
    with pytest.raises(AssertionError):
        promise(open_sandbox("none"), project)

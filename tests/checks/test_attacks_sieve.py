"""What the sieve says of a candidate's text before it is run, and what it must not say of honest code."""

from __future__ import annotations

import pytest

RIGHT = "def double(n):\n    return n * 2\n"
TEST = "from unit import double\n\ndef test_two():\n    assert double(2) == 4\n"

REFUSED = {
    "# coding: utf-7\n# +AAo-import os": "declares the encoding utf-7",
    "#!/usr/bin/python\n# -*- coding: utf-16-le -*-": "declares the encoding utf-16-le",
    "\ufeffimport unittest": "imports unittest",
    "x = " + "-" * 9000 + "1": "nested too deeply",
    "from sys import modules": "looks at other modules",
    "import sys as s\ns.modules.clear()": "looks at other modules",
    "import sys\nsys.meta_path": "looks at the importers",
    "object.__subclasses__()": "looks for all classes",
    "().__class__.__base__.__subclasses__()": "looks for all classes",
    "double = None\n(lambda: 1).__globals__['x'] = 1": "reads what functions stand on",
    "import importlib\nimportlib.import_module('_regen' + '_inside.wire')": "belongs to the tests",
    "__import__(''.join(['py', 'test']))": "belongs to the tests",
    "name = 'tsettinu'[::-1]": "belongs to the tests",
    "import operator\noperator.attrgetter('tb_frame')": "reads other functions' frames",
    "getattr(double, f\"f_{'back'}\", None)": "reads other functions' frames",
    "import importlib\nimportlib.__spec__.loader": "how modules were loaded",
    "import ctypes": "must be pinned",
    "from _ctypes import dlopen": "must be pinned",
}

HONEST = {
    "UTF-8 declared": "# -*- coding: utf-8 -*-",
    "an old declaration": "#!/usr/bin/env python\n# vim: set fileencoding=latin-1 :",
    "a comment on coding": "# How coding works here: simply\nx = 1\n# coding: utf-7 is not used",
    "a registry of subclasses": """
class Shape:
    def all(self):
        return type(self).__subclasses__() + Shape.__subclasses__() + self.__class__.__subclasses__()
Shape().all()
""",
    "its own module": "import sys as system\nhere = system.modules[__name__]",
    "a copied function": """
import types
def copy(f):
    return types.FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__)
copy(lambda: 1)
""",
    "annotations evaluated": "import typing\ntyping.get_type_hints(lambda: 1, globalns=(lambda: 1).__globals__)",
    "its own attributes by name": """
class Form:
    first_name = "Ann"
fields = [getattr(Form, "first" + "_name"), getattr(Form, f"{'first'}_name")]
""",
    "a bound method's object": "import weakref\nlength = [].append.__self__",
    "a plugin loaded from a file": """
import importlib.util, pathlib
path = pathlib.Path("/tmp/plugin.py")
path.write_text("x = 1")
spec = importlib.util.spec_from_file_location("plugin", path)
plugin = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plugin)
""",
}


@pytest.mark.parametrize("text", REFUSED)
def test_the_sieve_refuses(project, text):
    test = project.write("tests/test_unit.py", TEST)
    checked = project.check(f"{text}\n{RIGHT}", f"{test}::test_two")
    assert checked.outcome == "failed"
    assert REFUSED[text] in checked.reason


@pytest.mark.parametrize("name", HONEST)
def test_the_sieve_lets_pass(project, name):
    test = project.write("tests/test_unit.py", TEST)
    checked = project.check(f"{HONEST[name].lstrip()}\n{RIGHT}", f"{test}::test_two")
    assert checked.outcome == "passed", checked

"""CPython 3.11 can't build trees in several threads at a time; units are verified in several threads."""

import inspect
from concurrent.futures import ThreadPoolExecutor

import regen.build
import regen.candidates.candidate
import regen.languages.python
from regen.languages import python

TEXTS = [inspect.getsource(m) for m in (regen.build, regen.candidates.candidate, regen.languages.python)]


def test_texts_are_read_in_many_threads_as_in_one():
    expected = [(python.interface(text), python.test_form(text)) for text in TEXTS]
    with ThreadPoolExecutor(8) as crew:
        for _ in range(12):
            assert list(crew.map(lambda text: (python.interface(text), python.test_form(text)), TEXTS)) == expected

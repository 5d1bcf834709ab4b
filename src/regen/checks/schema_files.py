"""One JSON Schema or OpenAPI file of the project: is it valid, do its examples fit, does a value fit a place in it."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any

import jsonschema
import yaml
from jsonschema.validators import validator_for
from openapi_schema_validator import OAS30Validator, OAS31Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BASE = "https://project.invalid/"  # a name only: nothing is fetched
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("$defs", "definitions", "properties", "patternProperties", "dependentSchemas")
_SINGLE = ("items", "not", "if", "then", "else", "additionalProperties", "contains", "propertyNames",
           "unevaluatedItems", "unevaluatedProperties")  # fmt: skip


class SchemaFile:
    """A file at `path`; `read` gives the text of any file of the project, for references between files."""

    def __init__(self, path: str, read: Callable[[str], str | None]) -> None:
        self._path, self._read = path, read
        self._document: Any = None
        self.problems: list[str] = []
        try:
            self._document = _load(path, read(path))
        except (ValueError, yaml.YAMLError) as error:
            self.problems = [f"{path} can't be read: {str(error).splitlines()[0]}"]
            return
        if not isinstance(self._document, dict):
            self.problems = [f"{path} is no schema: it must be an object"]
            return
        self._is_openapi = "openapi" in self._document
        self._validator = self._choose_validator()
        self._registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]
        self._registry = self._registry.with_resource(_BASE + path, self._resource(self._document))
        self.problems = self._own_problems() or list(self._example_problems())

    def examples(self, pointer: str) -> list[Any]:
        """Return the examples of the schema at a place such as `#/$defs/Order`, empty for the whole file."""
        schema = self._at(pointer)
        return _examples_of(schema) if isinstance(schema, dict) else []

    def misfits(self, pointer: str, value: Any) -> list[str]:
        """Return in words what of `value` does not fit the schema at a place."""
        schema = {"$ref": f"{_BASE}{self._path}{pointer or '#'}"}
        validator = self._validator(schema, registry=self._registry)
        try:
            errors = sorted(validator.iter_errors(value), key=lambda error: error.json_path)
        except Unresolvable as error:
            return [f"{self._path} refers to {error.ref}, which is not there"]
        return [f"{error.json_path}: {error.message[:300]}" for error in errors]

    def _choose_validator(self) -> Any:
        if self._is_openapi:
            return OAS30Validator if str(self._document["openapi"]).startswith("3.0") else OAS31Validator
        return validator_for(self._document, default=jsonschema.Draft202012Validator)

    def _own_problems(self) -> list[str]:
        if self._is_openapi:
            old = str(self._document["openapi"]).startswith("3.0")
            checker: Any = OpenAPIV30SpecValidator if old else OpenAPIV31SpecValidator
            errors = checker(self._document).iter_errors()
            return [f"{self._path} is no valid OpenAPI: {_flat(error)}" for error in errors]
        meta = self._validator(self._validator.META_SCHEMA)
        return [f"{self._path} is no valid JSON Schema: {_flat(error)}" for error in meta.iter_errors(self._document)]

    def _example_problems(self) -> Iterator[str]:
        places = _openapi_examples(self._document, "#") if self._is_openapi else _schema_examples(self._document, "#")
        for pointer, example in places:
            for misfit in self.misfits("" if pointer == "#" else pointer, example):
                yield f"an example at {self._path}{pointer} does not fit its schema: {misfit}"

    def _at(self, pointer: str) -> Any:
        try:
            return self._registry.resolver().lookup(f"{_BASE}{self._path}{pointer or '#'}").contents
        except Unresolvable:
            return None

    def _retrieve(self, uri: str) -> Resource[Any]:
        path = posixpath.normpath(uri.removeprefix(_BASE))
        text = self._read(path) if uri.startswith(_BASE) and not path.startswith("..") else None
        return self._resource(_load(path, text))

    def _resource(self, document: Any) -> Resource[Any]:
        return Resource.from_contents(document, default_specification=DRAFT202012)


def _load(path: str, text: str | None) -> Any:
    if text is None:
        message = "there is no such file"
        raise ValueError(message)
    if path.endswith(".json"):
        return json.loads(text)
    # A date in an example is a string to every reader of JSON; dumping and loading says what is none.
    return json.loads(json.dumps(yaml.load(text, Loader=_JsonLoader)))  # noqa: S506 - a safe loader without dates


class _JsonLoader(yaml.SafeLoader):
    pass


_JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _flat(error: Any) -> str:
    return f"{getattr(error, 'json_path', '$')}: {str(getattr(error, 'message', error))[:300]}"


def _examples_of(schema: dict[str, Any]) -> list[Any]:
    listed = schema.get("examples")
    return (list(listed) if isinstance(listed, list) else []) + ([schema["example"]] if "example" in schema else [])


def _schema_examples(schema: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Yield the place of each schema below this one, with each of its examples."""
    if not isinstance(schema, dict):
        return
    for example in _examples_of(schema):
        yield pointer, example
    for word in _SINGLE:
        yield from _schema_examples(schema.get(word), f"{pointer}/{word}")
    for word in _LISTS:
        for number, inner in enumerate(schema.get(word) or ()):
            yield from _schema_examples(inner, f"{pointer}/{word}/{number}")
    for word in _MAPS:
        for name, inner in (schema.get(word) or {}).items():
            yield from _schema_examples(inner, f"{pointer}/{word}/{_escaped(name)}")


def _openapi_examples(node: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Yield the place of each schema with each example of it: its own, and those of media types and parameters."""
    if isinstance(node, list):
        for number, inner in enumerate(node):
            yield from _openapi_examples(inner, f"{pointer}/{number}")
    if not isinstance(node, dict):
        return
    if isinstance(node.get("schema"), dict):
        named = node.get("examples")
        listed = named.values() if isinstance(named, dict) else ()
        values = [one["value"] for one in listed if isinstance(one, dict) and "value" in one]
        for example in [*values, *([node["example"]] if "example" in node else [])]:
            yield f"{pointer}/schema", example
    for name, inner in node.items():
        place = f"{pointer}/{_escaped(name)}"
        if name == "schema" or pointer == "#/components/schemas":
            yield from _schema_examples(inner, place)
        elif name not in {"example", "examples"}:
            yield from _openapi_examples(inner, place)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")

"""Compares the package with Innkeeper: its calls and their fields with the description of the API (the argument), and what
counts as activity with what Innkeeper says of the same requests (standard input). Ends with 1 where they differ."""

import json
import sys
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from innkeeper_client import activity_of, calls

NAMES: dict[type, str] = {str: "string", int: "integer", bool: "boolean", type(None): "null"}

with open(sys.argv[1]) as file:
    api = json.load(file)
differences: list[str] = []


def resolved(schema: Any) -> Any:
    while "$ref" in schema:
        schema = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def described(schema: Any) -> frozenset[Any]:
    """Every kind of value that the description allows, in words that can be compared."""
    schema = resolved(schema)
    if "oneOf" in schema:
        return frozenset().union(*map(described, schema["oneOf"]))
    if "enum" in schema:
        return frozenset("null" if word is None else ("=", word) for word in schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return frozenset(described_as(kind, schema) for kind in kinds)


def described_as(kind: str, schema: Any) -> Any:
    if kind == "array":
        return ("list", described(schema["items"]))
    if kind == "object" and "properties" in schema:
        return ("fields", frozenset((name, described(of)) for name, of in schema["properties"].items()))
    return ("map", described(schema["additionalProperties"])) if kind == "object" else kind


def written(hint: Any) -> frozenset[Any]:
    """The same of a type of the package."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return frozenset().union(*map(written, get_args(hint)))
    if origin is Literal:
        return frozenset(("=", word) for word in get_args(hint))
    if origin is list:
        return frozenset({("list", written(get_args(hint)[0]))})
    if origin is dict:
        return frozenset({("map", written(get_args(hint)[1]))})
    if is_typeddict(hint):
        return frozenset({("fields", frozenset((name, written(of)) for name, of in get_type_hints(hint).items()))})
    return frozenset({NAMES[hint]})


def compare_body(where: str, body: Any, schema: Any) -> None:
    """A body may leave out what may be left out, and has nothing else."""
    fields = resolved(schema)["properties"]
    for name, hint in get_type_hints(body).items():
        if name not in fields:
            differences.append(f"{where}: there is no field {name}")
        elif is_typeddict(hint):
            compare_body(f"{where} {name}", hint, fields[name])
        elif not written(hint) <= described(fields[name]):
            differences.append(f"{where} {name}: {written(hint)} is sent, {described(fields[name])} is taken")
    needed = set(resolved(schema).get("required", [])) - body.__required_keys__
    differences.extend(f"{where}: {name} may be left out here only" for name in needed)


def compare_check(where: str, schema: Any) -> None:
    """The answer to a check is one of two; here it is the fields of both."""
    both = [resolved(one) for one in resolved(schema)["oneOf"]]
    fields = {name: described(of) for one in both for name, of in one["properties"].items()}
    if fields != {name: written(of) for name, of in get_type_hints(calls.CheckAnswer).items()}:
        differences.append(f"{where}: {fields} is answered")


compared = 0
for call in (value for value in vars(calls).values() if isinstance(value, calls.Call)):
    where = f"{call.method} {call.path}"
    operation = api["paths"].get(call.path, {}).get(call.method.lower())
    compared += 1
    if operation is None:
        differences.append(f"{where}: there is no such call")
        continue
    queries = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
    differences.extend(f"{where}: there is no ?{name}" for name in set(call.query) - queries)
    if call.body is not calls.Nothing:
        compare_body(where, call.body, operation["requestBody"]["content"]["application/json"]["schema"])
    good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    if call.answer is calls.Nothing:
        if "content" in good:
            differences.append(f"{where}: an answer is thrown away")
    elif call.answer is calls.CheckAnswer:
        compare_check(where, good["content"]["application/json"]["schema"])
    elif written(call.answer) != described(good["content"]["application/json"]["schema"]):
        differences.append(f"{where}: another answer than {call.answer.__name__}")

for method, headers, says in json.load(sys.stdin):
    compared += 1
    if activity_of(method, headers) != says:
        differences.append(f"{method} with {headers} is {says} for Innkeeper")

print("\n".join(differences) or f"{compared} alike")
sys.exit(1 if differences else 0)

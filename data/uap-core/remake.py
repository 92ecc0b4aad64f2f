"""Turns uap-core's regexes.yaml into regexes.json, without the device patterns. See README.md."""

import json
import pathlib
import sys

import yaml

patterns = yaml.safe_load(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
kept = {name: patterns[name] for name in ("user_agent_parsers", "os_parsers")}
# One pattern a line, so that an upgrade is a diff that can be read.
sections = (
    json.dumps(name) + ": [\n" + ",\n".join(json.dumps(entry, sort_keys=True) for entry in entries) + "\n]"
    for name, entries in kept.items()
)
target = pathlib.Path(__file__).with_name("regexes.json")
target.write_text("{" + ",\n".join(sections) + "}\n", encoding="utf-8")

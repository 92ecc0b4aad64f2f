"""Turns uap-core's own test cases into cases.json: text, family and major version, one case a line. See README.md."""

import json
import pathlib
import sys

import yaml

SOURCES = {
    "user_agents": [
        "tests/test_ua.yaml",
        "test_resources/firefox_user_agent_strings.yaml",
        "test_resources/opera_mini_user_agent_strings.yaml",
        "test_resources/podcasting_user_agent_strings.yaml",
    ],
    "systems": ["tests/test_os.yaml", "test_resources/additional_os_tests.yaml"],
}

folder = pathlib.Path(sys.argv[1])


def cases(names):
    for name in names:
        for case in yaml.safe_load((folder / name).read_text(encoding="utf-8"))["test_cases"]:
            yield [case["user_agent_string"], case["family"], case["major"] or None]


sections = (
    json.dumps(section) + ": [\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases(names)) + "\n]"
    for section, names in SOURCES.items()
)
target = pathlib.Path(__file__).with_name("cases.json")
target.write_text("{" + ",\n".join(sections) + "}\n", encoding="utf-8")

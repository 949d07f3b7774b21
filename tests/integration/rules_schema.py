#!/usr/bin/env python3
"""The JSON Schemas in doc/ are what the programs make of their option tables; good files pass them, and files with unknown keys and wrong types do not."""
import glob
import json
import os
import re
import subprocess
import sys

TOP = os.environ.get("HL_TOP", os.path.join(os.path.dirname(__file__), "../.."))
CTL = os.path.join(os.environ.get("HL_BUILD", "."), "hotlistctl")
# What is said of a file that its schema can know, too.
KNOWN = re.compile(r"unknown key|: required key|is a (list|mapping): expected|: expected (true or false|a whole number|a decimal number|a number with|a duration, a whole)"
                   r"|expected a mapping of keys|unknown (kind|decision|contradiction) ")


def fail(text):
    print("FAIL:", text)
    sys.exit(1)


def committed(name, words):
    made = subprocess.run([CTL, "rules", "schema", *words], check=True, capture_output=True, text=True).stdout
    with open(os.path.join(TOP, "doc", name), encoding="utf-8") as f:
        if f.read() != made:
            fail(f"doc/{name} is not what `hotlistctl rules schema {' '.join(words)}` prints: make it again")
    return json.loads(made)


def loader():
    """YAML as editors read it (the core schema of YAML 1.2): no dates, no words but true and false."""
    class Core(yaml.SafeLoader):
        pass
    Core.yaml_implicit_resolvers = {}
    for tag, pattern, first in (("bool", r"^(true|false)$", "tf"), ("null", r"^(~|null|)$", ["~", "n", ""]), ("int", r"^-?[0-9]+$", "-0123456789"),
                                ("float", r"^-?[0-9]+\.[0-9]+$", "-0123456789")):
        Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))
    Core.add_constructor("tag:yaml.org,2002:int", lambda l, n: int(n.value, 10))
    return Core


def document(path):
    """The file's content; None where it is no YAML, or is refused before any key is looked at."""
    try:
        with open(path, "rb") as f:
            return yaml.load(f.read().decode("utf-8"), loader())  # a subclass of SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, ValueError, RecursionError):
        return None


def corpus(folder, schema, least_good, least_bad):
    check, good, bad = jsonschema.Draft202012Validator(schema), 0, 0
    for path in sorted(glob.glob(os.path.join(TOP, "tests/data", folder, "*.yaml"))):
        with open(path[:-5] + ".expected", encoding="utf-8") as f:
            said = f.read()
        errors = [line for line in said.splitlines() if line != "ok" and "warning:" not in line]
        data = document(path)
        if not isinstance(data, dict) or "*" in open(path, encoding="utf-8").read().split("#")[0] and "&" in open(path, encoding="utf-8").read():
            continue
        own = [line for line in errors if os.path.basename(path) in line]
        first = next(check.iter_errors(data), None)
        if not errors and first:
            fail(f"{path} is good, and the schema refuses it: {first.message} at {list(first.path)}")
        if any(KNOWN.search(line) for line in own) and not first:
            fail(f"{path} passes the schema; said of it is\n{said}")
        good += not errors
        bad += first is not None
    if good < least_good or bad < least_bad:
        fail(f"{folder}: only {good} good and {bad} refused files")
    print(f"{folder}: {good} good files pass, {bad} faulty ones do not")


def examples(schema, settings):
    files = [p for p in glob.glob(os.path.join(TOP, "rules/**/*.yaml"), recursive=True) if "\nroute:" in open(p, encoding="utf-8").read()]
    if len(files) < 2:
        fail("no rules to look at")
    for path in files:
        jsonschema.validate(document(path), schema, jsonschema.Draft202012Validator)
    for path in [os.path.join(TOP, "contrib/hotlistd.yaml")] + glob.glob(os.path.join(TOP, "rules/examples/*.settings.yaml")):
        jsonschema.validate(document(path), settings, jsonschema.Draft202012Validator)
    print(f"{len(files)} rules files and the settings that come along pass")


rules, settings = committed("rules.schema.json", []), committed("hotlistd.schema.json", ["--settings"])
try:
    import jsonschema
    import yaml
except ImportError:
    if os.environ.get("CI"):
        fail("python3-jsonschema and python3-yaml are missing")
    print("python3-jsonschema or python3-yaml is not here: no file is looked at")
    sys.exit(0)
for s in (rules, settings):
    jsonschema.Draft202012Validator.check_schema(s)
corpus("bad-rules", rules, 10, 40)
corpus("bad-settings", settings, 8, 40)
examples(rules, settings)

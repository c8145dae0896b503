#!/bin/sh
# Where Chef is installed this does nothing. Where it is not (a rehearsal, say) the image gets a small chef-solo that knows the words of these cookbooks.
set -eu
case $(chef-solo --version 2> /dev/null) in
    "" | *rehearsal*) rm -f /usr/local/bin/chef-solo ;;
    *) exit 0 ;;
esac
cat > /usr/local/bin/chef-solo <<'PROGRAM'
#!/usr/bin/env python3
"""A small chef-solo for machines without Chef: it knows the words of this example's cookbooks, and says so of every other.

chef-solo --config solo.rb --json-attributes dna.json
"""
import json
import pathlib
import re
import subprocess
import sys

if "--version" in sys.argv:
    print("Chef Infra Client: 0.0.0 (the example's own)")
    sys.exit()

told = dict(zip(sys.argv, sys.argv[1:]))
config = pathlib.Path(told["--config"]).read_text()
paths = {name: re.findall(r'"([^"]*)"', value) for name, value in re.findall(r"^(\w+_path) (.*)$", config, re.M)}
converged = []


def find(kind, *name):
    """The last file of that name in the paths of a kind, as Chef takes it."""
    found = [pathlib.Path(path, *name) for path in paths.get(kind, []) if pathlib.Path(path, *name).exists()]
    if not found:
        sys.exit(f"chef-solo: there is no {'/'.join(name)} in {', '.join(paths.get(kind, [])) or kind}")
    return found[-1]


def recipes(items):
    for item in items:
        kind, name = re.fullmatch(r"(?:(recipe|role)\[)?([^\]@]+)(?:@[\d.]+)?\]?", item).groups()
        if kind == "role":
            yield from recipes(json.loads(find("role_path", f"{name}.json").read_text())["run_list"])
        else:
            yield name


def item_of(bag, name):
    return json.loads(find("data_bag_path", bag, f"{name}.json").read_text())


def run(recipe):
    if recipe in converged:
        return
    converged.append(recipe)
    cookbook, _, name = recipe.partition("::")
    print(f"recipe[{recipe}]", flush=True)
    text = re.sub(r"^\s*#.*\n", "", find("cookbook_path", cookbook, "recipes", f"{name or 'default'}.rb").read_text(), flags=re.M)
    statement = re.compile(
        r"""\s*(?:include_recipe\s+['"](?P<include>[^'"]+)['"]
        |\w+\s*=\s*data_bag_item\(['"](?P<bag>\w+)['"],\s*['"](?P<item>[\w-]+)['"]\)
        |node\.default(?:\['[\w-]+'\])+\s*=\s*true
        |(?P<kind>\w+)\s+['"](?P<name>[^'"]+)['"](?:\s+do\n(?P<body>.*?)\nend|$))[ \t]*(?:\n|$)""", re.X | re.S | re.M)
    at = 0
    while text[at:].strip():
        found = statement.match(text, at)
        if not found:
            sys.exit(f"chef-solo: recipe[{recipe}]: this small one does not know '{text[at:].strip().splitlines()[0]}'; install Chef for it")
        at = found.end()
        if found["include"]:
            run(found["include"])
        elif found["bag"]:
            item_of(found["bag"], found["item"])
        elif found["kind"]:
            properties = dict(re.findall(r"^\s*(\w+) (.*)$", found["body"] or "", re.M))
            resource(found["kind"], found["name"], properties, cookbook)


def resource(kind, name, properties, cookbook):
    def text(key, default=None):
        return properties[key].strip("'\"") if key in properties else default

    action = properties.get("action", "").lstrip(":")
    print(f"  {kind} {name} {action}".rstrip(), flush=True)
    if kind == "directory":
        if action == "delete":
            subprocess.run(["rm", "-rf", name], check=True)
        else:
            pathlib.Path(name).mkdir(parents=True, exist_ok=True)
    elif kind == "package":
        pass  # The machine below has what it has.
    elif kind == "file":
        pathlib.Path(name).write_text(text("content", "") + "\n")
    elif kind == "s3_file":
        pathlib.Path(text("path")).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(text("path")).write_text(f"in a rehearsal, in place of {name}\n")
    elif kind == "execute":
        code = subprocess.run(text("command"), shell=True, check=False).returncode
        if code not in json.loads(properties.get("returns", "[0]").split("#")[0]):
            sys.exit(f"chef-solo: execute[{name}] ended with {code}")
    elif kind == "seatgeek_circus":
        watcher = pathlib.Path("/etc/circus", f"{name}.json")
        if action == "delete":
            watcher.unlink(missing_ok=True)
            return
        service = item_of("services", name)
        codebase = item_of("codebases", service["codebase"])
        program = pathlib.Path(codebase["path"], codebase["program"])
        program.parent.mkdir(parents=True, exist_ok=True)
        source = find("cookbook_path", "seatgeek", "files", codebase["program"]).read_text()
        program.write_text(source)
        if not watcher.exists() or json.loads(watcher.read_text()) != service:
            watcher.write_text(json.dumps(service))
    else:
        sys.exit(f"chef-solo: {kind}[{name}]: this small one does not know {kind}; install Chef for it")


for each in recipes(json.loads(pathlib.Path(told["--json-attributes"]).read_text())["run_list"]):
    run(each)
print(f"{len(converged)} recipes converged")
PROGRAM
chmod 755 /usr/local/bin/chef-solo

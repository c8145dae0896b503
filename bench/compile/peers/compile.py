"""The same job in Python: merge every group onto __base__ and write the roles that changed. compile.py NODES OUT"""
import json
import os
import sys


def merge(base, group):
    result = dict(base)
    for key, own in group.items():
        inherited = result.get(key)
        if own is None:
            result.pop(key, None)
        elif isinstance(inherited, list) and isinstance(own, list):
            result[key] = inherited + own
        elif isinstance(inherited, dict) and isinstance(own, dict):
            result[key] = {**inherited, **own}
        else:
            result[key] = own
    return result


with open(sys.argv[1], encoding="utf-8") as file:
    nodes = json.load(file)
base = nodes.pop("__base__", {})
os.makedirs(sys.argv[2], exist_ok=True)
for name, own in nodes.items():
    if name.startswith("__"):
        continue
    group = merge(base, own)
    role = {
        "name": f"role-{name}", "chef_type": "role", "json_class": "Chef::Role",
        "description": group.get("description", ""),
        "override_attributes": group.get("override_attributes", {}),
        "default_attributes": group.get("default_attributes", {}),
        "run_list": group.get("run_list", []) + group.get("post_run_list", []),
    }
    text = json.dumps(role, indent=4, ensure_ascii=False) + "\n"
    path = os.path.join(sys.argv[2], f"{name}.json")
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                continue
    except FileNotFoundError:
        pass
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)

#!/usr/bin/env python3
"""Writes a seeded nodes.json of N groups: 5-25 recipes, 5-30 attributes, nested, unicode, odd types."""
import json
import random
import sys

WORDS = "alpha bravo cache deploy edge feed gate host index job key limit mail node origin proxy queue region store task".split()
TEXTS = ["plain", "naïve café", "東京リージョン", "a \"quoted\" word", "back\\slash", "2026-11-21T08:00:00Z", "tab\tend", "Ω≈ç√∫", "", "emoji 🚀"]
DESCRIPTIONS = [text for text in TEXTS if text.isascii() and text.isprintable()]  # of images too, for which EC2 takes no others


def value(rng, depth):
    kind = rng.randrange(10 if depth < 3 else 7)
    if kind == 0:
        return rng.choice([True, False])
    if kind == 1:
        return rng.randrange(-1000000, 1000000)
    if kind == 2:
        return rng.randrange(1, 400) + rng.choice([0.25, 0.5, 0.75])
    if kind == 3:
        return None
    if kind <= 6:
        return rng.choice(TEXTS) + rng.choice(WORDS)
    if kind == 7:
        return [value(rng, depth + 1) for _ in range(rng.randrange(0, 4))]
    return {rng.choice(WORDS): value(rng, depth + 1) for _ in range(rng.randrange(0, 4))}


def recipes(rng, low, high):
    return [f"recipe[{rng.choice(WORDS)}::{rng.choice(WORDS)}-{rng.randrange(1000)}]" for _ in range(rng.randint(low, high))]


def attributes(rng, low, high):
    return {f"{rng.choice(WORDS)}_{i}": value(rng, 0) for i in range(rng.randint(low, high))}


def manifest(count, seed=42):
    rng = random.Random(seed)
    nodes = {
        "__base__": {
            "autoscale": False, "type": "amazon-ebs", "region": "us-east-1", "instance_type": "m1.large",
            "source_ami": "ami-1ebb2077", "security_groups": ["external", "internal"],
            "default_attributes": {"environment": "production", **attributes(rng, 3, 5)},
            "run_list": recipes(rng, 3, 3), "post_run_list": recipes(rng, 2, 2),
        }
    }
    for i in range(count):
        group = {"description": f"{rng.choice(DESCRIPTIONS)} {rng.choice(WORDS)} {i}", "run_list": recipes(rng, 5, 25),
                 "default_attributes": attributes(rng, 5, 30), "security_groups": [rng.choice(WORDS)]}
        if rng.random() < 0.3:
            group["override_attributes"] = attributes(rng, 1, 5)
        if rng.random() < 0.5:
            group["autoscale"] = {"timeout": 120, "node_min": 2, "node_max": rng.randint(2, 9)}
        nodes[f"group-{i:05d}-{rng.choice(WORDS)}"] = group
    return nodes


if __name__ == "__main__":
    json.dump(manifest(int(sys.argv[1])), sys.stdout, ensure_ascii=False, indent=2)

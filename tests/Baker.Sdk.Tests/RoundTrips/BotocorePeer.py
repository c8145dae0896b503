"""Speaks for AWS's model of a service: botocore's serializers and parsers, and moto's response serializers.

Reads one case a line: service, protocol, operation, the values of a request and a response ("property": value) and the
bytes that our codec made of that response. Writes one answer a line:
  requestBody, requestText     a request that botocore filled and wrote, and what it says
  responseText, responseLacks  what botocore reads in our response, and the plain members that it did not find
  parameters                   what botocore sends for the request's values (query only)
  answer                       what moto answers for the response's values (query only; none without moto)
"""
import base64
import datetime
import json
import random
import re
import sys
import urllib.parse

import botocore.parsers
import botocore.serialize
import botocore.session

try:
    from moto.core.serialize import QuerySerializer, SerializationContext
    from moto.core.utils import get_service_model
except ImportError:
    QuerySerializer = None

# The SDK for .NET's names where they are not the model's.
PROPERTIES = {("AdjustmentType", "AdjustmentType"): "Type"}
PAGE_SIZES = ("MaxResults", "MaxRecords", "PageSize")  # no service takes one below 1
UTC = datetime.timezone.utc
SESSION = botocore.session.get_session()


def capital(name):
    return name[0].upper() + name[1:]


def members(shape):
    return [(PROPERTIES.get((shape.name, name), capital(name)), name, member) for name, member in shape.members.items()]


def fill(shape, seed, above=()):
    """A value with every member, except where a shape holds itself."""
    if shape.name in above and shape.type_name == "structure":
        return None
    kind, above = shape.type_name, above + (shape.name,)
    if kind == "structure":
        filled = {name: fill(member, seed, above) for name, member in shape.members.items()}
        filled.update({name: abs(filled[name]) + 1 for name in filled if capital(name) in PAGE_SIZES})
        return {name: value for name, value in filled.items() if value is not None} or None
    if kind == "list":
        return [value for value in (fill(shape.member, seed, above) for _ in range(2)) if value is not None] or None
    if kind == "map":
        return {f"k{i}": fill(shape.value, seed, above) for i in range(2)}
    if kind == "string":
        return seed.choice(shape.enum) if shape.enum else f"t{seed.randrange(10 ** 9)} <&> é\"'+% \u2028"
    if kind == "timestamp":
        return datetime.datetime.fromtimestamp(seed.randrange(1 << 31), UTC)
    if kind == "blob":
        return seed.randbytes(5)
    return {
        "boolean": lambda: seed.random() < 0.5,
        "integer": lambda: seed.randrange(1 - (1 << 31), (1 << 31) - 1),
        "long": lambda: seed.randrange(-(1 << 52), 1 << 52),
        "double": lambda: seed.randrange(100000) / 64 + 0.0078125,
    }[kind]()


def built(shape, tree):
    """The values of a case as botocore wants them."""
    kind = shape.type_name
    if kind == "structure":
        return {name: built(member, tree[key]) for key, name, member in members(shape) if key in tree}
    if kind == "list":
        return [built(shape.member, item) for item in tree]
    if kind == "map":
        return {key: built(shape.value, item) for key, item in tree.items()}
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(tree)
    if kind == "blob":
        return base64.b64decode(tree)
    return int(tree) if kind == "double" and float(tree).is_integer() else tree


def described(shape, value, name):
    """The same lines as Described.Of writes."""
    lines = []

    def plain(value):
        if isinstance(value, datetime.datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
        if isinstance(value, bytes):
            return value.hex().upper()
        return re.sub(r"\.0$", "", repr(value)) if isinstance(value, float) else str(value)

    def write(path, shape, value, name):
        if shape.type_name == "structure":
            lines.append(f"{path} = {name}")
            for key, member, inner in sorted(members(shape)):
                if member in value:
                    write(f"{path}.{key}", inner, value[member], capital(inner.name))
        elif shape.type_name == "list":
            for i, item in enumerate(value):
                write(f"{path}[{i}]", shape.member, item, capital(shape.member.name))
        elif shape.type_name == "map":
            for key, item in sorted(value.items()):
                write(f"{path}[{key}]", shape.value, item, capital(shape.value.name))
        else:
            lines.append(f"{path} = {plain(value)}")

    if shape is None:
        return f" = {name}\n"
    write("", shape, value, name)
    return "".join(line + "\n" for line in lines)


def lacks(shape, value, path=""):
    """The plain members of the model that a value does not have."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                yield from lacks(member, value[name], f"{path}.{name}")
            elif member.type_name not in ("structure", "list", "map"):
                yield f"{path}.{name}"
    elif shape.type_name == "list":
        for item in value:
            yield from lacks(shape.member, item, path)


def serialized(protocol, operation, values):
    return botocore.serialize.create_serializer(protocol, False).serialize_to_request(values, operation)["body"]


def answer(case):
    protocol, operation = case["protocol"], SESSION.get_service_model(case["service"]).operation_model(case["operation"])
    given, taken = operation.input_shape, operation.output_shape
    values = fill(given, random.Random(case["operation"])) if given else {}
    body = serialized(protocol, operation, values)
    body = urllib.parse.urlencode(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    parsed = botocore.parsers.create_parser(protocol).parse(
        {"status_code": 200, "headers": {}, "body": bytes.fromhex(case["encoded"])}, taken)
    result = {
        "requestBody": body.hex(),
        "requestText": described(given, values, case["operation"] + "Request"),
        "responseText": described(taken, parsed, case["operation"] + "Response"),
        "responseLacks": list(lacks(taken, parsed)) if taken else [],
    }
    if protocol == "query":
        sent = serialized(protocol, operation, built(given, case["request"]) if given else {})
        text = {key: {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else str(value) for key, value in sent.items()}
        result["parameters"] = {key: re.sub(r"(\.\d{3})000Z$", r"\1Z", value) for key, value in text.items()}
        if QuerySerializer is not None:
            writer = QuerySerializer(get_service_model(case["service"]).operation_model(case["operation"]), SerializationContext(request_id="id-1"))
            made = writer.serialize(built(taken, case["response"]) if taken else {})["body"]
            result["answer"] = (made.encode() if isinstance(made, str) else made).hex()
    return result


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))

#!/bin/sh
# compile-jq.sh NODES OUT
set -eu
mkdir -p "$2"
jq --indent 4 -f "$(dirname "$0")/compile.jq" "$1" | awk -v out="$2" '
    /^\{$/ { text = ""; name = "" }
    { text = text $0 "\n" }
    name == "" && /^    "name": "role-/ { name = substr($0, 19); sub(/",$/, "", name) }
    /^\}$/ { file = out "/" name ".json"; printf "%s", text > file; close(file) }'

#!/bin/sh
# Runs one command in a local instance, detached from whoever asked, and leaves its result in files.
# usage: command.sh COMMAND-FOLDER SECONDS COMMAND-THAT-ENTERS...
command=$1 seconds=$2
shift 2
cd /
timeout -k 5 "$seconds" "$@" < "$command/script" >> "$command/stdout" 2>> "$command/stderr" &
echo "$!" > "$command/pid"
wait "$!"
code=$?
# Over what is there already: the disk may be full by now.
printf '%-4s\n' "$code" 1<> "$command/exit-code.new"
mv "$command/exit-code.new" "$command/exit-code"

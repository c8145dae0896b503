#!/bin/sh
# Runs one command in a local instance, detached from whoever asked, and leaves its result in files.
# usage: command.sh COMMAND-FOLDER INIT-PID SECONDS root|user HOST-NAME WORKING-FOLDER NAME
command=$1 init=$2 seconds=$3 mode=$4 host=$5 work=$6 name=$7
enter=
[ "$mode" = root ] || enter='--user --preserve-credentials'
cd /
# shellcheck disable=SC2086,SC2016
timeout -k 5 "$seconds" nsenter -t "$init" $enter --mount --pid --uts --ipc --root \
    setpriv $BAKER_CAPABILITIES env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LOGNAME=root SHELL=/bin/sh \
    LANG=C.UTF-8 HOSTNAME="$host" sh -c '
        folder=/run/amazon/ssm/$1
        mkdir -p "$folder" && cat > "$folder/_script.sh" || exit 1
        [ -z "$2" ] || { mkdir -p "$2" && cd "$2" || exit 1; }
        exec sh "$folder/_script.sh" < /dev/null' sh "$name" "$work" \
    < "$command/script" > "$command/stdout" 2> "$command/stderr" &
echo "$!" > "$command/pid"
wait "$!"
echo "$?" > "$command/exit-code.new"
mv "$command/exit-code.new" "$command/exit-code"

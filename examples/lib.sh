# shellcheck shell=bash
# What the `run` of every example shares: it is sourced there, in the example's folder, and begins with `begin "$@"`.
#   CLOUD_PORT    the port of the local cloud; any free one without it
#   CONSOLE_PORT  the port of the page; likewise
#   PATIENCE      how many seconds a datastore has to come up; 300 without it
# What an example makes beside the program's own folders is in .run: its processes (pids), what they print, addresses (site, console), and the manifest
# (nodes.json) as it was, where a step has put it there before it changed it.

command -v package > /dev/null || PATH="$(cd ../.. && pwd):$PATH"

# begin: `run --down` ends here, and so does a `run` of what is up already. After it the local cloud is served.
begin() {
    case $* in
        "") ;;
        --down) down; exit ;;
        *) echo "usage: ./run [--down]" >&2; exit 1 ;;
    esac
    if [ -L .run ]; then
        echo ".run is a link: what this makes would be elsewhere. Remove it, then run this again." >&2
        exit 1
    fi
    exec 9< . # who comes up has the folder to itself; what stays up does not keep it
    if ! flock --nonblock 9; then
        echo "It is coming up in another terminal, or a command of a run that was ended still works. ./run --down takes away what there is." >&2
        exit 1
    fi
    local alive
    alive=$(ours | wc -l)
    if [ "$alive" -gt 0 ]; then
        if [ -f .run/told ] && [ "$alive" -eq "$(wc -l < .run/pids)" ]; then
            cat .run/told
            exit
        fi
        echo "A part of it has ended, or it never came up whole. ./run --down takes away what there is; then run this again." >&2
        exit 1
    fi
    [ -z "${CLOUD_PORT-}" ] || need_port "$CLOUD_PORT" "the local cloud (CLOUD_PORT)"
    if [ -n "${CLOUD_PORT-}" ] && [ "${CLOUD_PORT-}" = "${CONSOLE_PORT-}" ]; then
        echo "The local cloud and the page cannot both have port $CLOUD_PORT. Give CONSOLE_PORT another." >&2
        exit 1
    fi
    [ -z "${CONSOLE_PORT-}" ] || need_port "$CONSOLE_PORT" "the page (CONSOLE_PORT)"
    mkdir -p .run
    chmod 700 .run
    rm -f .run/told .run/telling .run/pids
    trap 'trap - EXIT; echo "Interrupted. ./run --down takes away what there is." >&2; exit 130' INT
    trap '[ "$?" -eq 0 ] || failed' EXIT
    keep cloud package local:serve --port "${CLOUD_PORT:-0}"
    local tries=1
    until package local:env > .run/env 2> .run/env.log; do # it waits a while each time
        if [ "$((tries++))" -ge 6 ] || [ "$(ours | wc -l)" -eq 0 ]; then
            cat .run/env.log .run/cloud.log >&2
            exit 1
        fi
    done
    echo "the local cloud is served" >&2
}

# failed: what whoever ran this reads last. A full disk is named here, since it may have kept others from saying so.
failed() {
    if ! head -c 65536 /dev/zero 2> /dev/null > .run/room; then
        echo "The disk of $PWD is full: make room there (df -h . says how much it has)." >&2
    fi
    rm -f .run/room
    echo "It did not come up. ./run --down takes away what there is; .run has what the processes said." >&2
}

# need_port PORT WHAT: ends the run where another program has the port.
need_port() {
    if ! [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] || [ "$1" -gt 65535 ]; then
        echo "$2 needs a port from 1 to 65535, and not '$1'." >&2
        exit 1
    fi
    if (: < "/dev/tcp/127.0.0.1/$1") 2> /dev/null; then
        echo "Port $1 of 127.0.0.1, which $2 needs, is another program's. End that, then run this again." >&2
        [ -z "$(ours)" ] || down
        exit 1
    fi
}

# keep NAME COMMAND…: runs on after `run` has ended, until `run --down`.
keep() {
    local name=$1
    shift
    setsid "$@" > ".run/$name.log" 2>&1 < /dev/null 9<&- &
    if ! echo "$! $(start_of "$!")" >> .run/pids; then
        kill "$!" # --down would not know of it
        return 1
    fi
}

# available WHAT COMMAND…: waits until all states that the command prints are `available`, and says others than that as they change. It ends the run
# where one has failed, where what runs behind it has ended three times, where the cloud has gone, and after PATIENCE.
available() {
    local what=$1 states before='' ends=$((SECONDS + ${PATIENCE:-300}))
    shift
    until states=$("$@" | tr '\t' ' ') && [[ $states =~ ^available(\ available)*$ ]]; do
        if [[ -z $states || $states =~ None|fail|incompatible|delet|storage-full || $SECONDS -ge $ends ]] \
            || [ "$(broken | grep -c 'its service ended')" -ge 3 ]; then
            echo "$what: ${states:-gone}, and not available. What was said of it, and the room on the disk:" >&2
            { [ -n "$states" ] || cat .run/cloud.log; broken | tail -n 7; df -h .; } >&2
            return 1
        fi
        if [ "$states" != "$before" ]; then
            echo "$what: $states" >&2
            before=$states
        fi
        sleep 0.5
    done
}

# broken: why what runs behind datastores has ended, with a line for each time.
broken() { grep -hsE 'its service ended|No space left|ERROR|FATAL' .package/instances/db-*/console.log || true; }

# site ADDRESS: where customers look, once it answers; it is in .run/site, too.
site() {
    curl --silent --show-error --fail --output /dev/null --retry 120 --retry-delay 1 --retry-all-errors "$1" 2> .run/site.log
    echo "$1" > .run/site
    tell "the site" "$1"
}

# tell WHAT WHERE: one of the lines that `run` ends with.
tell() { printf '%-20s %s\n' "$1" "$2" >> .run/telling; }

# up: has the page served, and says where to look.
up() {
    local address=
    keep console package console --port "${CONSOLE_PORT:-0}"
    for ((tries = 0; tries < 300 && ${#address} == 0; tries++)); do
        address=$(grep -o 'http://127[^ ]*token[^ ]*' .run/console.log | head -n 1) || sleep 0.1
    done
    if [ -z "$address" ]; then
        echo "The page does not come up:" >&2
        cat .run/console.log >&2
        return 1
    fi
    echo "$address" > .run/console
    tell "the page" "$address"
    tell "the cloud, for aws" "eval \"\$(package local:env)\""
    tell "the end" "./run --down"
    mv .run/telling .run/told
    cat .run/told
}

# down: ends what runs, also a run that comes up or was killed, and removes all that was made.
down() {
    trap - EXIT
    end comes_up # before the cloud, which its commands wait for
    exec 9< .
    flock 9 # until all is gone nothing comes up
    rm -f .run/told
    end ours
    package local:reset --yes
    if [ ! -L .run ] && [ -f .run/nodes.json ]; then
        mv -f .run/nodes.json nodes.json
        echo "nodes.json is again as .run/nodes.json had kept it" >&2
    fi
    rm -rf .run .package
    if git ls-files --error-unmatch ../lib.sh > /dev/null 2>&1; then
        git clean -qfdx -- builds changes dna packer roles environments # what was committed is the visitor's
    else
        rm -rf builds changes dna packer roles environments
    fi
}

# end WHICH: ends those that this function tells, and kills what has not ended half a minute later.
end() {
    local id
    for id in $("$1"); do
        kill "$id" 2> /dev/null || true
    done
    for ((tries = 0; tries < 300; tries++)); do
        [ -n "$("$1")" ] || return 0
        sleep 0.1
    done
    for id in $("$1"); do
        kill -KILL "$id" 2> /dev/null || true
    done
}

# ours: the processes of `keep` that still run. A number that another process has by now is not ours: that began at another time.
ours() {
    local id time
    [ -f .run/pids ] || return 0
    while read -r id time; do
        if [ "$(start_of "$id")" = "${time:-never}" ]; then
            echo "$id"
        fi
    done < .run/pids
}

# start_of ID: when a process began, in the kernel's ticks.
start_of() {
    local stat
    read -r stat 2> /dev/null < "/proc/$1/stat" || return 0
    read -ra stat <<< "${stat##*) }" # behind its name, which may hold anything
    [ "${stat[0]}" = Z ] || echo "${stat[19]}" # one that has ended may stay in the list for long
}

# comes_up: a `run` that has the folder to itself, and what it has started meanwhile.
comes_up() {
    local each id
    for each in /proc/[0-9]*/fd/9; do
        id=${each#/proc/}
        id=${id%%/*}
        if [ "$(readlink "$each")" = "$PWD" ] && [ "$id" != "$$" ] && [ "$id" != "$BASHPID" ]; then
            echo "$id"
        fi
    done 2> /dev/null
}

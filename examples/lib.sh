# shellcheck shell=bash
# What the `run` of every example shares: it is sourced there, in the example's folder, and begins with `begin "$@"`.
#   CLOUD_PORT    the port of the local cloud; any free one without it
#   CONSOLE_PORT  the port of the page; likewise
# What an example makes beside the program's own folders is in .run: its processes (pids), what they print, addresses (site, console).

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
    mkdir -p .run
    chmod 700 .run
    rm -f .run/told .run/telling .run/pids
    [ -z "${CLOUD_PORT-}" ] || need_port "$CLOUD_PORT" "the local cloud (CLOUD_PORT)"
    [ -z "${CONSOLE_PORT-}" ] || need_port "$CONSOLE_PORT" "the page (CONSOLE_PORT)"
    trap 'echo "It did not come up. ./run --down takes away what there is; .run has what the processes said." >&2' ERR
    keep cloud package local:serve --port "${CLOUD_PORT:-0}"
    package local:env > .run/env # it waits until the cloud is served
    echo "the local cloud is served" >&2
}

# need_port PORT WHAT: ends the run where another program has the port.
need_port() {
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
    echo "$!" >> .run/pids
}

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

# down: ends what runs, and removes all that was made.
down() {
    local id
    for id in $(ours); do
        kill "$id" 2> /dev/null || true
    done
    for ((tries = 0; tries < 300; tries++)); do
        [ -n "$(ours)" ] || break
        sleep 0.1
    done
    package local:reset --yes
    rm -rf .run .package builds changes dna packer roles environments
}

# ours: the processes of `keep` that still run. A number that another process has by now is not ours: that works in another folder.
ours() {
    local id
    [ -f .run/pids ] || return 0
    while read -r id; do
        case "$(readlink "/proc/$id/cwd")" in
            "$PWD" | "$PWD"/*) echo "$id" ;;
        esac
    done < .run/pids 2> /dev/null
}

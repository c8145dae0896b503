# Process 1 of a local instance: runs the boot scripts the way cloud-init does, then collects orphans until told to stop.
id=$1 mode=$2 address=$3

stop() {
    trap '' TERM
    echo "instance $id: stopping"
    for unit in /etc/systemd/system/multi-user.target.wants/baker-*.service; do
        [ ! -f "$unit" ] || leave "$unit"
    done
    kill -TERM -1 2> /dev/null
    tries=0
    while [ "$tries" -lt 30 ]; do
        set -- /proc/[0-9]*
        [ "$#" -gt 1 ] || break
        sleep 0.1
        tries=$((tries + 1))
    done
    exit 0
}

# What a unit wants to do before it ends.
leave() {
    program=$(sed -n 's/^ExecStop=//p' "$1")
    # shellcheck disable=SC2086
    [ -z "$program" ] || (cd / && exec $program) < /dev/null >> /var/log/cloud-init-output.log 2>&1
}

trap stop TERM

# The host's logs, mail and spools are hidden; the instance starts with empty ones.
chmod 755 /
mkdir -p /home /root /srv /mnt /media /var/log /var/spool /var/mail /var/backups
[ -d /var/tmp ] || mkdir -m 1777 /var/tmp
chmod 700 /root
if ! command -v chef-solo > /dev/null && [ ! -e /opt/chef/bin/chef-solo ]; then
    cp /run/baker/chef-solo /usr/bin/chef-solo
    chmod 755 /usr/bin/chef-solo
fi

cmp -s /run/baker/cloud-init /usr/bin/cloud-init || cp /run/baker/cloud-init /usr/bin/cloud-init
chmod 755 /usr/bin/cloud-init
mkdir -p /run/cloud-init
: > /run/cloud-init/enabled

# The host is told of the instance now and not before: the kernel drops a signal that process 1 has no trap for.
echo >&3
exec 3>&-

boot() {
    state=/var/lib/cloud/instances/$id
    mkdir -p "$state/sem" "$state/scripts" /var/lib/cloud/data /var/lib/cloud/scripts/per-boot /var/log
    ln -sfn "$state" /var/lib/cloud/instance
    echo "$id" > /var/lib/cloud/data/instance-id
    rm -f "$state/boot-finished"
    echo "instance $id: booting as $(hostname)"
    [ ! -s /run/baker/service ] || serve
    (. /run/baker/ssh.sh)
    for unit in /etc/systemd/system/multi-user.target.wants/baker-*.service; do
        [ ! -f "$unit" ] || start "$unit"
    done
    if [ -s /run/baker/user-data ] && [ ! -e "$state/sem/config_scripts_user" ]; then
        cp /run/baker/user-data "$state/user-data.txt"
        chmod 600 "$state/user-data.txt"
        : > "$state/sem/config_scripts_user"
        start=$(head -c 2 "$state/user-data.txt")
        if [ "$start" = '#!' ]; then
            cp "$state/user-data.txt" "$state/scripts/part-001"
            chmod 700 "$state/scripts/part-001"
            run "$state/scripts/part-001"
        else
            echo "instance $id: the user data is not a script (#!); the local cloud runs scripts only, so nothing was run"
        fi
    fi
    for script in /var/lib/cloud/scripts/per-boot/* /etc/rc.local; do
        if [ -f "$script" ] && [ -x "$script" ]; then
            run "$script"
        fi
    done
    echo "instance $id: boot finished"
    date > "$state/boot-finished"
    echo '{"v1": {"datasource": "DataSourceEc2Local", "errors": []}}' > /run/cloud-init/result.json
}

# What runs in the place of boot scripts, and again where it ends.
serve() {
    while :; do
        code=0
        (cd / && exec sh /run/baker/service) < /dev/null || code=$?
        echo "instance $id: its service ended with exit code $code"
        sleep 1
    done
}

# systemd's part, for the units of baker-node. What runs once is waited for; one that fails is started again.
start() {
    program=$(sed -n 's/^ExecStart=//p' "$1")
    if ! grep -q '^Type=oneshot' "$1"; then
        {
            until once; do
                sleep 5
            done
        } &
        return
    fi
    once && return
    {
        until once; do
            sleep 30
        done
    } &
}

once() {
    code=0
    # shellcheck disable=SC2086
    (cd / && exec $program) < /dev/null || code=$?
    # 3 is the SuccessExitStatus of the units.
    [ "$code" = 0 ] || [ "$code" = 3 ] || { echo "instance $id: $program failed with exit code $code"; return 1; }
}

run() {
    code=0
    (cd / && exec "$1") < /dev/null || code=$?
    [ "$code" = 0 ] || echo "instance $id: $1 failed with exit code $code"
}

boot 2>&1 < /dev/null | tee -a /var/log/cloud-init-output.log &
while :; do
    sleep 86400 &
    wait "$!"
done

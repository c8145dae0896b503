# What cloud-init's modules for users and SSH do at an instance's first boot, and then, at every boot, sshd itself.
# The last line that it prints says where sshd listens, or why nothing does. Sourced by init: $id, $mode, $address, $state.
umask 022
user=$(cat /run/baker/default-user)

no_ssh() {
    echo "instance $id: NO SSH: $1"
    exit 0
}

sshd=$(command -v sshd) || no_ssh 'OpenSSH is not installed on this host (Debian: openssh-server)'
[ "$mode" = root ] || [ "$user" != root ] || no_ssh 'as an ordinary user of this host sshd can let no root in; name another user (ssh_username), or run the local cloud as root'

# Files of the host are replaced, not written to.
append() {
    { cat "$1"; echo "$2"; } > "$1.new"
    chmod "$3" "$1.new"
    mv "$1.new" "$1"
}

is_free() {
    ! cut -d: -f3 /etc/passwd /etc/group | grep -qx "$1"
}

make_user() {
    number=1000
    until is_free "$number"; do
        number=$((number + 1))
    done
    if [ "$mode" = user ]; then
        :
    elif ! command -v sudo > /dev/null; then
        echo "instance $id: there is no sudo on this host, so $user is root under another name"
        number=0
    elif ! grep -q "^$user:" /etc/group; then
        append /etc/group "$user:x:$number:" 644
    fi
    group=$(grep "^$user:" /etc/group | cut -d: -f3)
    grep -q "^$user:" /etc/shadow || append /etc/shadow "$user:*:20000:0:99999:7:::" 640
    if [ "$number" != 0 ] && [ "$mode" = root ]; then
        mkdir -p /etc/sudoers.d
        echo "$user ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/90-cloud-init-users
        chmod 440 /etc/sudoers.d/90-cloud-init-users
    fi
    # Last: who has this line has the rest, also where the instance is stopped while it boots.
    append /etc/passwd "$user:x:$number:${group:-0}::/home/$user:/bin/sh" 644
}

# usage: authorize USER HOME OPTIONS
authorize() {
    mkdir -p "$2/.ssh"
    chmod 700 "$2/.ssh"
    key=$(cat /run/baker/public-key)
    if ! grep -qsF "$key" "$2/.ssh/authorized_keys"; then
        echo "$3$key" >> "$2/.ssh/authorized_keys"
    fi
    chmod 600 "$2/.ssh/authorized_keys"
    own "$1" "$2/.ssh"
}

# Where only one user exists every file is that one's.
own() {
    [ "$mode" = user ] || chown -R "$1:" "$2"
}

# sshd's way to root in a user namespace: it runs as the only user under another number, because as number 0 it wants to become
# others; what is asked for over SSH is handed to this loop, which is the instance's root.
serve_as_root() {
    mkdir -p /run/baker/ssh
    mkfifo /run/baker/ssh/requests
    cat > /run/baker/ssh/as-root <<'RELAY'
#!/bin/sh
at=$(mktemp -d /run/baker/ssh/XXXXXX) || exit 1
printf '%s' "${SSH_ORIGINAL_COMMAND:-exec sh}" > "$at/command"
mkfifo "$at/in" "$at/out" "$at/err" "$at/code"
exec 3<&0
echo "$at" > /run/baker/ssh/requests
cat <&3 > "$at/in" &
input=$!
cat "$at/out" &
output=$!
cat "$at/err" >&2 &
errors=$!
read -r code < "$at/code"
wait "$output" "$errors"
kill "$input" 2> /dev/null
rm -rf "$at"
exit "$code"
RELAY
    chmod 755 /run/baker/ssh/as-root
    while :; do
        while read -r at; do
            {
                (cd "$home" && HOME=$home && export HOME && exec sh -c "$(cat "$at/command")") < "$at/in" > "$at/out" 2> "$at/err"
                echo "$?" > "$at/code"
            } &
        done < /run/baker/ssh/requests
    done
}

grep -q "^$user:" /etc/passwd || make_user
home=$(grep "^$user:" /etc/passwd | cut -d: -f6)
[ -d "$home" ] || { mkdir -p "$home" && own "$user" "$home"; }

if [ ! -e "$state/sem/config_ssh" ]; then
    rm -f /etc/ssh/ssh_host_*
    if [ -s /run/baker/public-key ]; then
        authorize "$user" "$home" ''
        [ "$home" = /root ] || [ "$mode" = user ] || authorize root /root "no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command=\"echo 'Please login as the user \\\"$user\\\" rather than the user \\\"root\\\".';echo;sleep 10;exit 142\" "
    fi
    : > "$state/sem/config_ssh"
fi
mkdir -p /etc/ssh /run/sshd
[ -f /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -C "root@$(hostname)" -f /etc/ssh/ssh_host_ed25519_key
echo '-----BEGIN SSH HOST KEY KEYS-----'
cat /etc/ssh/ssh_host_*_key.pub
echo '-----END SSH HOST KEY KEYS-----'

sftp=internal-sftp
for path in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server; do
    [ ! -x "$path" ] || sftp=$path
done

# The host's own configuration is for the host's own sshd.
cat > /run/baker/sshd_config <<CONFIG
ListenAddress $address
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
Subsystem sftp $sftp
SetEnv AWS_EC2_METADATA_SERVICE_ENDPOINT=$AWS_EC2_METADATA_SERVICE_ENDPOINT AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL
CONFIG

as=
if [ "$mode" = user ]; then
    number=$(grep "^$user:" /etc/passwd | cut -d: -f3)
    as="unshare --user --map-user=$number --map-group=$number"
    echo 'ForceCommand /run/baker/ssh/as-root' >> /run/baker/sshd_config
    serve_as_root > /dev/null 2>&1 < /dev/null &
fi

# It says that it listens by its PID file: before that it has left the foreground already.
starts() {
    rm -f /run/sshd.pid
    : > /var/log/sshd.log
    # shellcheck disable=SC2086
    said=$($as "$sshd" -f /run/baker/sshd_config -E /var/log/sshd.log -o "Port=$1" 2>&1) || return 1
    tries=0
    until [ -s /run/sshd.pid ]; do
        ! grep -q 'Cannot bind any address' /var/log/sshd.log && [ "$tries" -lt 50 ] || return 1
        tries=$((tries + 1))
        sleep 0.1
    done
}

# Where the host's sshd has port 22 of every address, or an ordinary user may not have it, another one has to do.
for port in 22 10022; do
    if starts "$port"; then
        echo "instance $id: SSH: $user on $address port $port"
        exit 0
    fi
done
no_ssh "sshd does not start: $said $(tail -n 1 /var/log/sshd.log)"

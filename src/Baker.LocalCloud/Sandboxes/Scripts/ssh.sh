# What cloud-init's modules for users and SSH do at an instance's first boot, and then, at every boot, sshd itself.
# The last line that it prints says where sshd listens, or why nothing does. Sourced by init: $id, $mode, $address, $state.
umask 022
user=$(cat /run/baker/default-user)

no_ssh() {
    echo "instance $id: NO SSH: $1"
    exit 0
}

sshd=$(command -v sshd) || no_ssh 'OpenSSH is not installed on this host (Debian: openssh-server)'
[ "$mode" = root ] || no_ssh 'sshd needs more users than the one that an ordinary user of this host can give it; run the local cloud as root'

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
    if ! command -v sudo > /dev/null; then
        echo "instance $id: there is no sudo on this host, so $user is root under another name"
        number=0
    elif ! grep -q "^$user:" /etc/group; then
        append /etc/group "$user:x:$number:" 644
    fi
    group=$(grep "^$user:" /etc/group | cut -d: -f3)
    append /etc/passwd "$user:x:$number:${group:-0}::/home/$user:/bin/sh" 644
    append /etc/shadow "$user:*:20000:0:99999:7:::" 640
    if [ "$number" != 0 ]; then
        mkdir -p /etc/sudoers.d
        echo "$user ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/90-cloud-init-users
        chmod 440 /etc/sudoers.d/90-cloud-init-users
    fi
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
    chown -R "$1:" "$2/.ssh"
}

grep -q "^$user:" /etc/passwd || make_user
home=$(grep "^$user:" /etc/passwd | cut -d: -f6)
[ -d "$home" ] || { mkdir -p "$home" && chown "$user:" "$home"; }

if [ ! -e "$state/sem/config_ssh" ]; then
    rm -f /etc/ssh/ssh_host_*
    if [ -s /run/baker/public-key ]; then
        authorize "$user" "$home" ''
        [ "$home" = /root ] || authorize root /root "no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command=\"echo 'Please login as the user \\\"$user\\\" rather than the user \\\"root\\\".';echo;sleep 10;exit 142\" "
    fi
    : > "$state/sem/config_ssh"
fi
mkdir -p /etc/ssh /run/sshd
[ -f /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -C "root@$(hostname)" -f /etc/ssh/ssh_host_ed25519_key
echo '-----BEGIN SSH HOST KEY KEYS-----'
cat /etc/ssh/ssh_host_*_key.pub
echo '-----END SSH HOST KEY KEYS-----'

# The host's own configuration is for the host's own sshd.
cat > /run/baker/sshd_config <<CONFIG
ListenAddress $address
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
Subsystem sftp internal-sftp
CONFIG

# Where the host's sshd has port 22 of every address, another one has to do.
for port in 22 10022; do
    if said=$("$sshd" -f /run/baker/sshd_config -E /var/log/sshd.log -o "Port=$port" 2>&1); then
        echo "instance $id: SSH: $user on $address port $port"
        exit 0
    fi
done
no_ssh "sshd does not start: $said $(tail -n 1 /var/log/sshd.log 2> /dev/null)"

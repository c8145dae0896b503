#!/bin/sh
# Assembles the root of one local instance and becomes its init. Runs as process 1 of namespaces that
# unshare(1) has just made, so every mount below is seen by this instance alone and goes when it dies.
# usage: boot.sh INSTANCE-FOLDER INSTANCE-ID HOST-NAME root|user ADDRESS
set -eu
folder=$1 id=$2 host=$3 mode=$4 address=$5
scripts=$(dirname "$0")
disk=$folder/disk scratch=$folder/scratch
root=$disk/root
overlay_options=
[ "$mode" = root ] || overlay_options=,userxattr

# /proc is still the host's here: this is the process id by which the host knows the instance.
read -r pid _ < /proc/self/stat
# Init writes it there once it can be told to stop.
exec 3> "$folder/pid"

# The disk is the instance's own: a link that its scripts left there must not lead a step below to the host.
folder_of_its_own() {
    [ ! -L "$1" ] || rm "$1"
    [ -d "$1" ] || mkdir "$1"
}

mount --bind "$root" "$root"
for top in bin sbin lib lib32 lib64 libx32 usr etc var opt nix gnu; do
    if [ -L "/$top" ]; then
        [ -L "$root/$top" ] || ln -s "$(readlink "/$top")" "$root/$top"
    elif [ -d "/$top" ]; then
        folder_of_its_own "$root/$top"
        mkdir -p "$disk/upper/$top" "$scratch/work/$top"
        mount -t overlay -o "lowerdir=/$top,upperdir=$disk/upper/$top,workdir=$scratch/work/$top$overlay_options" instance "$root/$top"
    fi
done

for top in proc sys dev run tmp; do
    folder_of_its_own "$root/$top"
done
mkdir -p "$scratch/tmp"
chmod 1777 "$scratch/tmp"
mount --bind "$scratch/tmp" "$root/tmp"
mount -t tmpfs -o mode=755,nosuid,nodev run "$root/run"
mkdir -p "$root/run/lock" "$root/run/baker" "$root/run/shm"
chmod 1777 "$root/run/lock" "$root/run/shm"

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
for path in sys sysrq-trigger irq bus fs; do
    if [ -e "$root/proc/$path" ]; then
        mount --bind "$root/proc/$path" "$root/proc/$path"
        mount -o remount,bind,ro "$root/proc/$path"
    fi
done
cat /proc/sys/kernel/random/uuid > "$scratch/boot_id" # each boot of an instance has its own
mount --bind "$scratch/boot_id" "$root/proc/sys/kernel/random/boot_id"
for path in kcore keys timer_list kmsg; do
    [ ! -e "$root/proc/$path" ] || mount --bind /dev/null "$root/proc/$path"
done
if [ "$mode" = root ]; then
    mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys" || true
fi

mount -t tmpfs -o mode=755,nosuid,size=1m dev "$root/dev"
for node in null zero full random urandom tty; do
    : > "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev shm "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
ln -s /dev/null "$root/dev/console"

hostname "$host"
cp "$scripts/init.sh" "$root/run/baker/init"
for given in user-data public-key default-user; do
    [ ! -f "$folder/$given" ] || cp "$folder/$given" "$root/run/baker/$given"
done
cp "$scripts/ssh.sh" "$root/run/baker/ssh.sh"
cp "$scripts/chef-solo" "$root/run/baker/chef-solo"

mkdir "$root/run/baker/host"
cd "$root"
pivot_root . run/baker/host
umount -l /run/baker/host
rmdir /run/baker/host
cd /
# shellcheck disable=SC2086
exec setpriv $BAKER_CAPABILITIES env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LOGNAME=root SHELL=/bin/sh \
    LANG=C.UTF-8 HOSTNAME="$host" sh /run/baker/init "$id" "$mode" "$address" "$pid"

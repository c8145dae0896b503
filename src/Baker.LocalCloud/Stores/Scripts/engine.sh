# What every engine of a data store does in its sandbox, before its own part: the values come first, then this, then that part.
umask 077
chmod 600 /run/baker/service 2> /dev/null
base=/srv/baker
data=$base/data
ready=$base/ready
home=$(dirname "$base")

# The engine runs as the user that its package has brought, or as one of its own: never as root.
if ! grep -q "^$user:" /etc/passwd; then
    { cat /etc/passwd; echo "$user:x:26000:26000::$base:/bin/sh"; } > /etc/passwd.new
    chmod 644 /etc/passwd.new
    mv /etc/passwd.new /etc/passwd
fi
uid=$(grep "^$user:" /etc/passwd | cut -d: -f3)
gid=$(grep "^$user:" /etc/passwd | cut -d: -f4)

as() {
    if [ "$mode" = user ]; then
        unshare --user --map-user="$uid" --map-group="$gid" -- "$@"
    else
        setpriv --reuid "$uid" --regid "$gid" --clear-groups -- "$@"
    fi
}

own() {
    [ "$mode" = user ] || chown "$uid:$gid" "$@"
}

say_when_ready() {
    {
        until answers > /dev/null 2>&1; do
            sleep 0.1
        done
        [ -z "$then" ] || $then
        : > "$ready"
    } &
}
then=

cd / || exit 1
mkdir -p "$base"
chmod 755 "$home"
chmod 700 "$base"
own "$base"
if [ "$action" = run ]; then
    rm -f "$ready"
    printf '%s' "$certificate" > "$base/certificate.pem"
    printf '%s' "$certificate_key" > "$base/key.pem"
    own "$base/certificate.pem" "$base/key.pem"
else
    rm -f "$0"
fi

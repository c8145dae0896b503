client=${program%-server}-cli
secured=
[ "$tls" != 1 ] || secured='--tls --insecure'

# With a password it answers that it wants one.
answers() {
    # shellcheck disable=SC2086
    as "$client" -h "$address" -p "$port" $secured ping 2>&1 | grep -q -e PONG -e NOAUTH
}

# What ElastiCache keeps for itself is no command here either.
[ "$action" = run ] || exit 1
mkdir -p "$data"
own "$data"
{
    echo "bind $address"
    echo "dir $data"
    echo 'appendonly yes'
    echo 'protected-mode no'
    echo 'daemonize no'
    echo "user default on ${password:-nopass} ~* &* +@all -@dangerous +info +keys +flushall +flushdb +sort +client|list +client|info +role +monitor +slowlog"
    echo "user rdsrepladmin on >$secret +psync +replconf +ping"
    if [ "$tls" = 1 ]; then
        echo "port 0"
        echo "tls-port $port"
        echo "tls-cert-file $base/certificate.pem"
        echo "tls-key-file $base/key.pem"
        echo "tls-ca-cert-file $base/certificate.pem"
        echo 'tls-auth-clients no'
        echo 'tls-replication yes'
    else
        echo "port $port"
    fi
    if [ -n "$primary" ]; then
        echo "replicaof $primary $primary_port"
        echo 'masteruser rdsrepladmin'
        echo "masterauth $secret"
    fi
} > "$base/engine.conf"
own "$base/engine.conf"
say_when_ready
as "$program" "$base/engine.conf"

bin=$(dirname "$program")
export PGPASSWORD="$secret" PGCONNECT_TIMEOUT=5 HOME="$base"

answers() {
    as "$bin/psql" -h "$base" -p "$port" -U rdsadmin -d postgres -c 'SELECT 1'
}

accounts() {
    cat << SQL
ALTER ROLE $master PASSWORD $password;
SQL
}

if [ "$action" = apply ]; then
    accounts | as "$bin/psql" -q -v ON_ERROR_STOP=1 -h "$base" -p "$port" -U rdsadmin -d postgres
    exit "$?"
fi

rm -f "$data/postmaster.pid"
if [ ! -s "$data/PG_VERSION" ]; then
    rm -rf "$data" "$data.new"
    mkdir "$data.new"
    own "$data.new"
    if [ -n "$primary" ]; then
        until as "$bin/pg_basebackup" -h "$primary" -p "$primary_port" -U rdsrepladmin -D "$data.new" -R -X stream -c fast; do
            sleep 0.5
            find "$data.new" -mindepth 1 -delete
        done
    else
        as "$bin/initdb" -D "$data.new" -U rdsadmin --auth=trust --encoding=UTF8 --locale=C.UTF-8 > /dev/null || exit 1
        as "$bin/postgres" --single -D "$data.new" postgres > /dev/null << SQL || exit 1
CREATE ROLE rds_superuser NOLOGIN
GRANT pg_monitor, pg_signal_backend TO rds_superuser WITH ADMIN OPTION
CREATE ROLE rdsrepladmin LOGIN REPLICATION PASSWORD '$secret'
CREATE ROLE $master LOGIN CREATEDB CREATEROLE IN ROLE rds_superuser
ALTER DATABASE postgres OWNER TO $master
SQL
        if [ -n "$database" ] && [ "$database" != '"postgres"' ]; then
            echo "CREATE DATABASE $database OWNER $master" | as "$bin/postgres" --single -D "$data.new" postgres > /dev/null || exit 1
        fi
        cat > "$data.new/pg_hba.conf" << 'HBA'
local all all trust
host all rdsadmin 0.0.0.0/0 reject
host all all 0.0.0.0/0 scram-sha-256
host replication rdsrepladmin 0.0.0.0/0 scram-sha-256
HBA
        own "$data.new/pg_hba.conf"
    fi
    mv "$data.new" "$data"
fi
if [ -z "$primary" ]; then
    accounts | sed 's/;$//' | as "$bin/postgres" --single -D "$data" postgres > /dev/null || exit 1
fi
say_when_ready
# shellcheck disable=SC2086
as "$bin/postgres" -D "$data" -c "listen_addresses=$address" -c "port=$port" -c "unix_socket_directories=$base" \
    -c ssl=on -c "ssl_cert_file=$base/certificate.pem" -c "ssl_key_file=$base/key.pem" -c shared_buffers=32MB \
    -c max_wal_senders=16 -c max_replication_slots=16 -c wal_keep_size=64MB -c hot_standby=on -c logging_collector=off

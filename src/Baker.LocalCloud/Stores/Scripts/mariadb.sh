socket=$base/mysqld.sock

answers() {
    as mariadb --no-defaults -u "$user" -S "$socket" -e 'SELECT 1'
}

# On one line each, as init_file wants them. The user that the socket knows is the engine's own, which no other process has.
accounts() {
    cat << SQL
SET SESSION sql_log_bin=0;
CREATE USER IF NOT EXISTS 'rdsrepladmin'@'%' IDENTIFIED BY '$secret';
GRANT REPLICATION SLAVE ON *.* TO 'rdsrepladmin'@'%';
CREATE USER IF NOT EXISTS $master@'%';
ALTER USER $master@'%' IDENTIFIED BY $password;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER ON *.* TO $master@'%' WITH GRANT OPTION;
SQL
    [ -z "$database" ] || echo "CREATE DATABASE IF NOT EXISTS $database;"
}

follow() {
    as mariadb --no-defaults -u "$user" -S "$socket" << SQL
STOP SLAVE;
CHANGE MASTER TO MASTER_HOST='$primary', MASTER_PORT=$primary_port, MASTER_USER='rdsrepladmin', MASTER_PASSWORD='$secret', MASTER_CONNECT_RETRY=1, MASTER_USE_GTID=slave_pos;
START SLAVE;
SQL
}

if [ "$action" = apply ]; then
    accounts | as mariadb --no-defaults -u "$user" -S "$socket"
    exit "$?"
fi

if [ ! -d "$data/mysql" ]; then
    rm -rf "$data" "$data.new"
    mkdir "$data.new"
    own "$data.new"
    as mariadb-install-db --no-defaults --datadir="$data.new" --auth-root-authentication-method=socket --auth-root-socket-user="$user" \
        --skip-test-db --skip-name-resolve > /dev/null || exit 1
    mv "$data.new" "$data"
fi
accounts > "$base/accounts.sql"
own "$base/accounts.sql"
set --
if [ -n "$primary" ]; then
    set -- --read-only=1 --skip-slave-start
    then=follow
fi
say_when_ready
as "$program" --no-defaults --datadir="$data" --bind-address="$address" --port="$port" --socket="$socket" --pid-file="$base/mysqld.pid" \
    --skip-name-resolve --init-file="$base/accounts.sql" --log-bin=binlog --server-id="$number" --expire-logs-days=0 \
    --innodb-buffer-pool-size=32M --innodb-log-file-size=16M --ssl-cert="$base/certificate.pem" --ssl-key="$base/key.pem" "$@"

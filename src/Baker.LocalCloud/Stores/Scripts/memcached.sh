[ "$action" = run ] || exit 1
: > "$ready"
as "$program" -l "$address" -p "$port" -U 0 -m 64

#!/bin/sh
# A backup every night at 02:30 UTC into $1 (/backups), kept for 14 days. `backup.sh /backups now` makes one and ends.
set -eu
folder=${1:-/backups}

make_backup() {
    osit backup "$folder/osit-$(date -u +%Y-%m-%dT%H%M%S)"
    find "$folder" -name 'osit-*' -type f -mtime +14 -delete # only after a backup that succeeded
}

if [ "${2:-}" = now ]; then
    make_backup
    exit
fi
trap 'exit 0' TERM
while :; do
    now=$(date -u +%s)
    next=$((now - now % 86400 + 9000)) # 02:30 UTC
    if [ "$next" -le "$now" ]; then next=$((next + 86400)); fi
    sleep $((next - now)) &
    wait $!
    make_backup || echo "backup: failed, the next attempt is tomorrow" >&2
done

# The init of the daemon's pid namespace. Reads what to do, a word a line: `term` and `kill` end the daemon, `rise` starts
# it again. Answers with a line each: `ready`, or `failed` and the reason. It is bash and no other shell that this wants:
# it waits for the orphans that come to an init, and goes on reading while it does.
set -u
parent=$1
root=/run/strandline
socket=unix:///run/docker.sock
image=strandline-busybox:1

start() {
  dockerd --host "$socket" --config-file "$root/daemon.json" --data-root "$root/data" --exec-root "$root/exec" \
    --pidfile "$root/pid" --cgroup-parent "$parent" --storage-driver "$1" --bridge none --iptables=false \
    --ip-masq=false --ip-forward=false --log-level error >"$root/log" 2>&1 </dev/null &
  daemon=$!
}

# Survivors of a daemon that was killed are given ten seconds before it answers.
answers() {
  deadline=$((SECONDS + 60))
  until timeout 20 docker -H "$socket" version >/dev/null 2>&1; do
    kill -0 "$daemon" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

end() {
  kill "-$1" "$daemon" 2>/dev/null
  wait "$daemon" 2>/dev/null
  return 0
}

fail() {
  echo "failed $1"
  exit
}

build() {
  mkdir -p "$root/image/bin"
  cp "$(command -v busybox)" "$root/image/bin/busybox"
  chroot "$root/image" /bin/busybox --install -s /bin 2>/dev/null || fail 'busybox needs libraries: install busybox-static'
  tar -C "$root/image" -c . | docker -H "$socket" import --change 'ENV PATH=/bin' - "$image" >/dev/null 2>"$root/log"
}

mkdir "$root"
echo '{ "deprecated-key-path": "/run/strandline/key.json" }' >"$root/daemon.json"
for driver in overlay2 vfs none; do
  [ "$driver" != none ] || fail "dockerd does not start: $(tail -n 1 "$root/log")"
  start "$driver"
  if answers; then break; fi
  end KILL
done
build || fail "dockerd takes no image: $(tail -n 1 "$root/log")"
# Before the first container, so that it can be looked for.
[ ! -d /sys/fs/cgroup/freezer ] || mkdir -p "/sys/fs/cgroup/freezer$parent"
echo "ready $driver"

while read -r word; do
  case $word in
    term) end TERM && echo ready ;;
    kill) end KILL && echo ready ;;
    rise)
      rm -f "$root/pid"
      start "$driver"
      if answers; then echo ready; else fail "dockerd does not start again: $(tail -n 1 "$root/log")"; fi
      ;;
  esac
done

# Started as `unshare --mount sh namespace.sh`: a place that nothing outlives.
#
# Everything that the daemon writes is in a tmpfs, which exists in this mount namespace alone; every process
# that it starts is in a pid namespace, which ends with its init. The init ends when its standard input does, however
# the program at the other end came to its end.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
here=$(dirname "$0")
group=strandline-engine-$$

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
# Where containerd makes a directory whatever it is told.
[ -d /opt/containerd ] || mount -t tmpfs -o mode=755 tmpfs /opt

mount_cgroups() {
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  while read -r name hierarchy count enabled; do
    [ "$enabled" = 1 ] || continue
    mkdir "/sys/fs/cgroup/$name"
    mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" 2>/dev/null || rmdir "/sys/fs/cgroup/$name"
  done </proc/cgroups
  [ -d /sys/fs/cgroup/devices ] && return
  umount -R /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

if ! grep -q '^[^ ]* [^ ]* cgroup2\? ' /proc/mounts && ! mount_cgroups 2>/run/complaint; then
  echo "failed there are no control groups, and they cannot be mounted: $(tail -n 1 /run/complaint)"
  exit
fi

unshare --pid --net --fork --kill-child --mount-proc bash "$here/init.sh" "/$group" || true
find /sys/fs/cgroup -depth -type d \( -name "$group" -o -path "*/$group/*" \) -exec rmdir {} + 2>/dev/null || true

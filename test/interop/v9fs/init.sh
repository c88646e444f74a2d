#!/bin/busybox sh
# The first process of the guest: loads the modules, sets up the network, runs the battery on every line of /mounts,
# and switches the machine off. Results go to the second serial port, the kernel's own messages to the first.
#
# A line of /mounts: LABEL DIALECT CACHE SOURCE OTHER-SOURCE OPTIONS [TEST]; every result line starts with the LABEL.
set -o pipefail

/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
stty -F /dev/ttyS1 raw
exec </dev/null >/dev/ttyS1 2>&1

while read -r module; do
  insmod "/modules/$module.ko" || echo "- broken insmod $module"
done </modules/order
ip link set lo up
ip link set eth0 up
ip address add 10.0.2.15/24 dev eth0 # 10.0.2.2 is the host's 127.0.0.1
echo 120 >/proc/sys/kernel/hung_task_timeout_secs
hostname guest

# Each line of a command, with the mount's label before it.
labelled() {
  "$@" 2>&1 | while read -r line; do echo "$label $line"; done
}

# A command that may hang in the kernel, where no signal reaches it: then the kernel says where, and all is over.
watched() {
  (
    sleep 150 >/dev/null 2>&1 # it outlives its shell, and must not hold a pipe open
    echo "hung $1: the guest is switched off"
    dmesg -n 8
    echo w >/proc/sysrq-trigger
    sleep 1
    poweroff -nf
  ) &
  watcher=$!
  "$@"
  status=$?
  kill $watcher
  return $status
}

# attach SOURCE DIRECTORY CACHE
attach() {
  mkdir -p "$2"
  watched mount -t 9p -o "$options,version=$dialect,cache=$3" "$1" "$2"
}

# Two clients of one tree, the battery on both, then a new mount without a cache, to find what was really written.
try() {
  here=/mnt/$label/here there=/mnt/$label/there
  labelled attach "$source" "$here" "$cache" && labelled attach "$other_source" "$there" "$cache" ||
    { echo "$label broken mount"; return; }
  echo "$label begin"
  labelled /battery "$dialect" "$cache" main "$here/$directory" "$there/$directory" ${test:+"$test"}
  [ $? = 3 ] && return
  labelled watched umount "$here" && labelled watched umount "$there" || { echo "$label broken umount"; return; }
  if [ -z "$test" ]; then
    labelled attach "$source" "$here" none || { echo "$label broken mount again"; return; }
    labelled /battery "$dialect" none find "$here/$directory" -
    labelled watched umount "$here" || { echo "$label broken umount again"; return; }
  fi
  echo "$label end"
}

run=0
while read -r label dialect cache source other_source options test; do
  run=$((run + 1))
  directory=battery-$(date +%s)-$run
  try
done </mounts
poweroff -nf

#!/bin/busybox sh
# The first process of the guest: loads the modules, mounts the host's root read-only, runs /script in it, and switches
# the machine off. What the script prints goes to the second serial port, the kernel's own messages to the first.
/bin/busybox mkdir -p /proc /sys /dev /host
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
stty -F /dev/ttyS1 raw
exec </dev/null >/dev/ttyS1 2>&1

while read -r module; do
  insmod "/modules/$module.ko" || echo "broken insmod $module"
done </modules/order
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose host /host || echo "broken mount"
for system in proc sys dev; do mount -o bind /$system /host/$system; done
mount -t tmpfs tmpfs /host/mnt
cp /script /host/mnt/script
chroot /host /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/mnt TMPDIR=/mnt XDG_RUNTIME_DIR=/mnt/runtime \
  bash /mnt/script
poweroff -nf

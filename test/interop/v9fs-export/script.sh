# Run by the guest as root, in the host's root with a file system in memory on /mnt. @NODE@ and @NS@ are paths of the
# host.
mkdir -m 700 /mnt/runtime
mkdir /mnt/m /mnt/source
cd /mnt || exit
ns() { '@NODE@' '@NS@' "$@"; }

echo '== mounted'
ns export v9fs -b ./source m
grep ' /mnt/m ' /proc/mounts
echo '== used'
echo hello >m/greeting
mkdir m/d && mv m/greeting m/d && cat source/d/greeting
head -c 3000000 /dev/urandom >source/big
cmp source/big m/big && ls -1 m
echo '== killed'
pid=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' runtime/nines/exports/????????????????)
kill -9 "$pid"
while [ -e "/proc/$pid" ]; do sleep 0.1; done
ns export v9fs -b -o ro,cache=mmap ./source m
cat m/d/greeting
touch m/x || grep -c ' /mnt/m ' /proc/mounts
echo '== unexported'
ns unexport m
grep ' /mnt/m ' /proc/mounts
ls runtime/nines/exports
echo '== end'

/** The shell's part, as it must be done by processes that are not Node. What varies are arguments, and never text in here. */

/** Signals that are handed on to the program, or that its terminal sends to it and to all that run beside it. */
export const PASSED = ['HUP', 'INT', 'QUIT', 'ALRM', 'TERM', 'USR1', 'USR2', 'CONT'] as const;

/**
 * Stands between the supervisor and the first process of the new PID namespace, which is the first that it starts. It is
 * there to outlast the signals that are the program's. Neither shell says of a program how it has ended: the exit code does.
 *
 * With its option -m the first process begins a process group, which a shell with job control can name, as one of its own
 * PID namespace, when it gives the terminal back. The group has the terminal, and the command's has it again afterwards.
 *
 * Arguments: the command that becomes the first process.
 */
export const PARENT = `
trap : ${PASSED.join(' ')}
exec 4>&2 2>&-
"$@" 2>&4 4>&-
exit $?
`;

/** How many cgroup namespaces there may be in the user namespace of whoever writes it (namespaces(7)). */
const MOST_CGROUPS = '/proc/sys/user/max_cgroup_namespaces';

/**
 * In a user namespace that was just made, and with its capabilities: there shall be no cgroup namespaces in it. With one
 * a program could mount the cgroups of this machine (cgroup_namespaces(7)), and kill by them what it does not see.
 *
 * Arguments: the command that goes on.
 */
export const LIMITS = `
if [ -e ${MOST_CGROUPS} ]; then echo 0 >${MOST_CGROUPS} || exit 125; fi
exec "$@"
`;

/**
 * The first process of the PID namespace: it waits, in the old root, until the new one is around it, runs the program,
 * and ends as that does. It is not the program itself, for to a first process signals do nothing.
 *
 * A variable here must not be one that the program has in its environment: it would be given the new value.
 *
 * Arguments: the directory, whether it was asked for (or nothing), and the command. Descriptor 3 is the supervisor.
 */
export const FIRST = `
trap : INT
echo ready >&3
read -r ns_go <&3 || exit 125
exec 3>&-
ns_directory=$1 ns_asked=$2 ns_before=\${OLDPWD-}
shift 2
if ! cd -- "$ns_directory" 2>&-; then
  if [ "$ns_asked" ]; then
    echo "ns: cannot run $1 in $ns_directory: there is no such directory in its world; choose another (-w)" >&2
    exit 1
  fi
  cd /
fi
if [ "$ns_before" ]; then OLDPWD=$ns_before; else unset OLDPWD; fi
ns_program=
case $1 in
*/*) ns_program=$1 ;;
*)
  set -f
  IFS=:
  for ns_place in $PATH; do
    if [ -f "\${ns_place:-.}/$1" ] && [ -x "\${ns_place:-.}/$1" ]; then
      ns_program=\${ns_place:-.}/$1
      break
    fi
  done
  unset IFS
  ;;
esac
if [ ! -e "$ns_program" ]; then
  echo "ns: cannot run $1: there is no such program in its world; check its name" >&2
  exit 127
fi
if [ -d "$ns_program" ] || [ ! -x "$ns_program" ]; then
  echo "ns: cannot run $1: it is no program, or none that this user may run; check its mode (chmod +x)" >&2
  exit 126
fi
exec 4>&2 2>&-
(exec "$@" 2>&4 4>&-)
exit $?
`;

/**
 * Gives the world its own view of processes, and its root: the old one is then at a directory of the new one, until
 * that is removed.
 *
 * Arguments: mount, pivot_root, the new root, the directory in it, and the files in /proc that nobody may write to.
 */
export const PIVOT = `
set -e
mount=$1 pivot=$2 root=$3 old=$4
shift 4
"$mount" -t proc -o nosuid,nodev,noexec proc "$root/proc"
for file; do
  if [ -e "$root/proc/$file" ]; then "$mount" -o bind,ro "$root/proc/$file" "$root/proc/$file"; fi
done
cd "$root"
exec "$pivot" . "$old"
`;

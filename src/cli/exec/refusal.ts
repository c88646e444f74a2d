/** Why a machine lets a user make no worlds, and what its owner can do about it. */
import { readFileSync } from 'node:fs';

/** Settings of the kernel's, with the value that forbids user namespaces, and what to set instead. */
const SETTINGS = [
  ['kernel/apparmor_restrict_unprivileged_userns', '1', '0'],
  ['kernel/unprivileged_userns_clone', '0', '1'],
  ['user/max_user_namespaces', '0', '16384'],
  ['user/max_mnt_namespaces', '0', '16384'],
  ['user/max_pid_namespaces', '0', '16384'],
] as const;

/** Said after what was refused. */
export function refusal(): string {
  for (const [setting, forbids, allows] of SETTINGS) {
    if (read(setting) !== forbids) continue;
    const name = setting.replaceAll('/', '.');
    return `this machine forbids it (${name} is ${forbids}); as root: sysctl -w ${name}=${allows}`;
  }
  const container =
    'in a container, it needs CAP_SYS_ADMIN, or a seccomp profile that allows unshare and mount';
  return `this machine forbids it: as root it works perhaps; ${container}`;
}

function read(setting: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${setting}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** What our mounts do otherwise than a plain directory and bindfs, knowingly: the title of the check, and the reason. */
export const DEVIATIONS: Readonly<Record<string, string>> = {};

/** Device numbers as Linux and its C libraries write them (makedev(3)): 12 bits of major, 20 of minor number. */

export const MAJOR_MAX = 0xfff;
export const MINOR_MAX = 0xfffff;

export function makedev(major: number, minor: number): number {
  return (((minor & 0xfff00) << 12) | ((major & MAJOR_MAX) << 8) | (minor & 0xff)) >>> 0;
}

export function majorOf(device: number): number {
  return (device >>> 8) & MAJOR_MAX;
}

export function minorOf(device: number): number {
  return ((device >>> 12) & 0xfff00) | (device & 0xff);
}

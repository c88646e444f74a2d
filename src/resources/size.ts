/** Sizes as people write them: `4096`, `64K`, `1GiB`, `10MB`. */

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes; undefined for what is no size. A unit is binary unless it is written `KB`, `MB`, `GB` or `TB`. */
export function parseSize(text: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?$/i.exec(text);
  if (!parts) return undefined;
  const unit = parts[2].toLowerCase();
  const decimal = parts[3]?.toLowerCase() === 'b' && unit !== '';
  const factor = decimal ? 10 ** (3 * 'kmgt'.indexOf(unit) + 3) : UNITS[unit];
  const size = Math.floor(Number(parts[1]) * factor);
  return Number.isSafeInteger(size) ? size : undefined;
}

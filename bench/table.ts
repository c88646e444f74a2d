/** The summary as a table for a terminal. */

import type { Baselines } from './suite.ts';
import type { Cell, Summary } from './summary.ts';

interface Column {
  readonly server: string;
  readonly title: string;
  readonly width: number;
  show(cell: Cell): string;
}

const GAP = '  ';
const MISSING = '-';

export function formatTable(
  summaries: readonly Summary[],
  servers: readonly string[],
  baselines: Baselines,
): string {
  const columns = servers.flatMap((server) => columnsOf(server, servers, baselines));
  const nameWidth = Math.max(...summaries.map((summary) => summary.workload.length), 'workload'.length);
  const line = (name: string, texts: readonly string[]): string => {
    const cells = columns.map((column, i) => gapBefore(columns, i) + (texts[i] ?? '').padStart(column.width));
    return (name.padEnd(nameWidth) + cells.join('')).trimEnd();
  };
  const rows = summaries.map((summary) =>
    line(
      summary.workload,
      columns.map((column) => {
        const cell = summary.cells.get(column.server);
        return cell ? column.show(cell) : MISSING;
      }),
    ),
  );
  const groups = ' '.repeat(nameWidth) + servers.map((server) => groupTitle(server, columns)).join('');
  const titles = columns.map((column) => column.title);
  return [groups.trimEnd(), line('workload', titles), ...rows].join('\n') + '\n';
}

function columnsOf(server: string, servers: readonly string[], { peer, limit }: Baselines): Column[] {
  const columns: Column[] = [{ server, title: 'ops/s', width: 9, show: (cell) => whole(cell.opsPerSecond) }];
  if (server !== peer && servers.includes(peer))
    columns.push({ server, title: `/${peer}`, width: 5, show: (cell) => ratio(cell.toPeer) });
  if (limit !== undefined && server !== peer && server !== limit && servers.includes(limit))
    columns.push({ server, title: `/${limit}`, width: 5, show: (cell) => ratio(cell.toLimit) });
  columns.push({ server, title: 'µs/op', width: 6, show: (cell) => short(cell.cpuUs) });
  return columns;
}

/** A server's columns stand together. */
function gapBefore(columns: readonly Column[], index: number): string {
  return columns[index]?.server === columns[index - 1]?.server ? GAP : GAP + GAP;
}

/** The server's name over its first column, and room for the others. */
function groupTitle(server: string, columns: readonly Column[]): string {
  const own = columns.filter((column) => column.server === server);
  const width = own.reduce((sum, column) => sum + column.width + GAP.length, GAP.length);
  return (GAP + GAP + server.padStart(own[0]?.width ?? 0)).padEnd(width);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function ratio(value: number | undefined): string {
  return value === undefined ? MISSING : value.toFixed(2);
}

function short(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

// Runs jest on the compiled tests; with NINES_JEST_REPORT also writes its report there, for the tally of .ci/run.
import { spawnSync } from 'node:child_process';

const report = process.env.NINES_JEST_REPORT;
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const args = [...jest, ...process.argv.slice(2), ...(report ? ['--json', '--outputFile', report] : [])];
// jest prints the report on stdout as well; what people read is on stderr.
const { status } = spawnSync(process.execPath, args, {
  stdio: ['inherit', report ? 'ignore' : 'inherit', 'inherit'],
});
process.exitCode = status ?? 1;

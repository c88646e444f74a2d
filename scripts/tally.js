// Adds up jest's reports: the last line is `N passed, N failed, N skipped`. Steps that failed without a failed test count too.
import { existsSync, readFileSync } from 'node:fs';

const [steps, ...files] = process.argv.slice(2);
// A run that came to nothing has written no report; it counts among the steps that failed.
const reports = files.filter(existsSync).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const sum = (key) => reports.reduce((total, report) => total + report[key], 0);

const passed = sum('numPassedTests');
const broken = sum('numFailedTests') + sum('numRuntimeErrorTestSuites');
const failed = Math.max(broken, Number(steps));
process.stdout.write(`${passed} passed, ${failed} failed, ${sum('numPendingTests')} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

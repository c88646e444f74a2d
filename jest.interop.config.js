/** Programs that we did not write: one at a time, for they share this machine's ports and processors. */
export default {
  roots: ['<rootDir>/dist/test/interop'],
  transform: {},
  maxWorkers: 1,
  testTimeout: 600_000,
};

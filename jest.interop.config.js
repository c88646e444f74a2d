/** Programs that we did not write: two at a time, for most of the time one of them is an emulated machine. */
export default {
  roots: ['<rootDir>/dist/test/interop'],
  transform: {},
  maxWorkers: 2,
  testTimeout: 600_000,
};

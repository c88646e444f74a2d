/** Unit and end-to-end tests, on the compiled output; the real peers have a configuration of their own. */
export default {
  roots: ['<rootDir>/dist/test'],
  testPathIgnorePatterns: ['/interop/'],
  transform: {},
  // Most of them wait for other processes; jest by itself leaves a processor free.
  maxWorkers: '100%',
  testTimeout: 20_000,
};

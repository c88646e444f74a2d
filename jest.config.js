/** Unit and end-to-end tests, on the compiled output; the real peers have a configuration of their own. */
export default {
  roots: ['<rootDir>/dist/test'],
  testPathIgnorePatterns: ['/interop/'],
  transform: {},
  testTimeout: 20_000,
};

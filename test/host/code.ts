/** No more than this, so that a process without jest can have it too. */

/** The code that a call fails with; '' if it does not fail. */
export function codeOf(call: () => unknown): string {
  try {
    call();
    return '';
  } catch (error) {
    // Not `instanceof Error`: to jest's modules, Node's errors are of another realm.
    return typeof error === 'object' && error !== null && 'code' in error
      ? String(error.code)
      : String(error);
  }
}

/** One JSON array on standard output, an element at a time. */
import { put } from './output.ts';

export class JsonArray {
  #begun = false;

  async add(element: object): Promise<void> {
    const before = this.#begun ? ',\n ' : '[\n ';
    this.#begun = true;
    await put(before + JSON.stringify(element));
  }

  async end(): Promise<void> {
    await put(this.#begun ? '\n]\n' : '[]\n');
  }
}

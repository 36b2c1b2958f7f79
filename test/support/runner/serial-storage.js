/**
 * Stands for the `AsyncLocalStorage` of Jest: knows which test or hook runs now, since one runs after the other. Of the real one
 * there is one more with each test file, and all have Node look at each promise for as long as the process lives.
 */
export class SerialStorage {
  #store;

  getStore() {
    return this.#store;
  }

  async run(store, callback) {
    const before = this.#store;
    this.#store = store;
    try {
      return await callback();
    } finally {
      this.#store = before;
    }
  }
}

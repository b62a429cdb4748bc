/** Who waits until an account is registered at a certain address, before a call goes there (feature row ACC-11). Sends nothing. */

export class Enabling {
  readonly #waiting = new Map<string, { readonly promise: Promise<void>; readonly done: () => void }>();

  /** @param begin registers at the address of that key; only where nobody waits for it already */
  wait(key: string, begin: () => void): Promise<void> {
    const known = this.#waiting.get(key);
    if (known !== undefined) return known.promise;
    let done = () => {};
    const promise = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.#waiting.set(key, { promise, done });
    begin();
    return promise;
  }

  /** It is decided, whichever way. @param key undefined: for all */
  decided(key: string | undefined): void {
    for (const [name, { done }] of [...this.#waiting])
      if (key === undefined || name === key) {
        this.#waiting.delete(name);
        done();
      }
  }
}

/** One event, one type of value. Listeners run in the order they were added; one that throws stops nobody else. */
export class Event<T> {
  #listeners: ((value: T) => void)[] = [];
  #onError: (error: unknown) => void;

  /** @param onError told of what a listener threw: that is a bug, and somebody must say so. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Returns the function that removes the listener again. */
  on(listener: (value: T) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((l) => l !== listener);
    };
  }

  emit(value: T): void {
    for (const listener of this.#listeners)
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
  }
}

/** The hook switch. Contract: debounced; `onChange` is called only when the state has changed. */
export interface Hook {
  readonly lifted: boolean;
  onChange: ((lifted: boolean) => void) | undefined;
  close(): Promise<void>;
}

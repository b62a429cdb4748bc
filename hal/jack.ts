/** Things that are plugged and unplugged. */
export type Jack = "headset" | "ethernet";

/** Contract: `onChange` is called only when the state has changed. A jack that cannot be sensed counts as plugged. */
export interface Jacks {
  plugged(jack: Jack): boolean;
  onChange: ((jack: Jack, plugged: boolean) => void) | undefined;
  close(): Promise<void>;
}

/** Keys behind rows and columns, or one line each: debounce, ghost keys, stuck keys. A pure machine over scans; it drives no lines. */

export interface MatrixShape {
  /** 1 for keys with a line each. */
  readonly columns: number;
  /** A contact must be the same for so many scans. */
  readonly debounceScans: number;
  /** A key that is down for so long is stuck, ms. */
  readonly stuckMs: number;
}

/** Of one contact; those that are open are not in the map. */
type ContactState =
  | { readonly name: "closing"; readonly scans: number }
  | { readonly name: "down"; readonly sinceMs: number }
  | { readonly name: "opening"; readonly scans: number; readonly sinceMs: number }
  /** Told as released, until it opens. */
  | { readonly name: "stuck"; readonly openScans: number };

/** By number of the contact: row * columns + column. */
export type MatrixState = ReadonlyMap<number, ContactState>;

export type MatrixEffect =
  | { type: "key"; contact: number; down: boolean }
  | { type: "stuck"; contact: number }
  | { type: "freed"; contact: number };

export const allOpen: MatrixState = new Map();

/** @param closed the contacts that conduct in this scan, ghosts included */
export function scan(
  shape: MatrixShape,
  state: MatrixState,
  closed: ReadonlySet<number>,
  nowMs: number,
): readonly [MatrixState, readonly MatrixEffect[]] {
  const effects: MatrixEffect[] = [];
  const after = new Map<number, ContactState>();
  const contacts = new Set([...state.keys(), ...closed]);
  for (const contact of [...contacts].sort((a, b) => a - b)) {
    const then = step(shape, state.get(contact), contact, closed, nowMs, effects);
    if (then !== undefined) after.set(contact, then);
  }
  return [after, effects];
}

function step(
  shape: MatrixShape,
  state: ContactState | undefined,
  contact: number,
  closed: ReadonlySet<number>,
  nowMs: number,
  effects: MatrixEffect[],
): ContactState | undefined {
  const conducts = closed.has(contact);
  const closing = (scans: number): ContactState => {
    if (scans < shape.debounceScans) return { name: "closing", scans };
    effects.push({ type: "key", contact, down: true });
    return { name: "down", sinceMs: nowMs };
  };
  switch (state?.name) {
    case undefined:
      return conducts && !isGhost(shape, contact, closed) ? closing(1) : undefined;
    case "closing":
      return conducts && !isGhost(shape, contact, closed) ? closing(state.scans + 1) : undefined;
    case "down":
      if (conducts && nowMs - state.sinceMs >= shape.stuckMs) {
        effects.push({ type: "key", contact, down: false }, { type: "stuck", contact });
        return { name: "stuck", openScans: 0 };
      }
      return conducts ? state : opening(shape, 1, state.sinceMs, contact, effects);
    case "opening":
      return conducts
        ? { name: "down", sinceMs: state.sinceMs }
        : opening(shape, state.scans + 1, state.sinceMs, contact, effects);
    case "stuck":
      if (conducts) return { name: "stuck", openScans: 0 };
      if (state.openScans + 1 < shape.debounceScans) return { name: "stuck", openScans: state.openScans + 1 };
      effects.push({ type: "freed", contact });
      return undefined;
    default:
      return state satisfies never;
  }
}

function opening(
  shape: MatrixShape,
  scans: number,
  sinceMs: number,
  contact: number,
  effects: MatrixEffect[],
): ContactState | undefined {
  if (scans < shape.debounceScans) return { name: "opening", scans, sinceMs };
  effects.push({ type: "key", contact, down: false });
  return undefined;
}

/**
 * Three keys at the corners of a rectangle make the fourth corner conduct too. Which of the four is the ghost cannot be
 * known, so none of them becomes a new press; those that were down before stay down.
 */
function isGhost({ columns }: MatrixShape, contact: number, closed: ReadonlySet<number>): boolean {
  if (columns === 1) return false;
  const row = Math.floor(contact / columns);
  const column = contact % columns;
  for (const other of closed) {
    const otherRow = Math.floor(other / columns);
    const otherColumn = other % columns;
    if (otherRow === row || otherColumn === column) continue;
    if (closed.has(row * columns + otherColumn) && closed.has(otherRow * columns + column)) return true;
  }
  return false;
}

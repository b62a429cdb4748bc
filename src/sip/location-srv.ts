/** The order of SRV records: RFC 2782, "Usage rules". Pure. */
import type { ServiceRecord } from "../base/network.ts";

/** Lowest priority first; within one, by chance, each as likely as its weight. @param chance 0 up to 1, drawn anew. */
export function orderServices(records: readonly ServiceRecord[], chance: () => number): readonly ServiceRecord[] {
  const priorities = [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawn(
      records.filter((record) => record.priority === priority),
      chance,
    ),
  );
}

function drawn(records: readonly ServiceRecord[], chance: () => number): readonly ServiceRecord[] {
  // Those without weight stand first: they are drawn only when the running sum begins at 0.
  let rest = [...records].sort((a, b) => a.weight - b.weight);
  const order: ServiceRecord[] = [];
  while (rest.length > 0) {
    const sum = rest.reduce((total, record) => total + record.weight, 0);
    // "between 0 and the sum, inclusive"
    const wanted = Math.floor(chance() * (sum + 1));
    let running = 0;
    const next = rest.find((record) => {
      running += record.weight;
      return running >= wanted;
    });
    if (next === undefined) break;
    order.push(next);
    rest = rest.filter((record) => record !== next);
  }
  return order;
}

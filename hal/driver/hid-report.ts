/** HID reports: values of usages out of an input report, an output report out of values (HID 1.11 §8). Pure. */
import type { HidField, HidLayout, HidUsage } from "./hid-descriptor.ts";

export interface HidValue {
  readonly usage: HidUsage;
  /** 1 and 0 for buttons. */
  readonly value: number;
  /** The value is a change, 0 says nothing. */
  readonly relative: boolean;
}

/** All usages of a report with their values; those of an array that are not in it have 0. Other reports give nothing. */
export function readInput(layout: HidLayout, report: Uint8Array): readonly HidValue[] {
  const reportId = layout.numbered ? (report[0] ?? 0) : 0;
  const body = layout.numbered ? report.subarray(1) : report;
  const values: HidValue[] = [];
  for (const field of layout.fields) {
    if (field.kind !== "input" || field.constant || field.reportId !== reportId) continue;
    // A report that is too short tells nothing of what it lacks.
    if (field.firstBit + field.bits * field.count > body.length * 8) continue;
    if (field.array) values.push(...arrayValues(field, body));
    else
      for (let i = 0; i < field.count; i++) {
        const usage = field.usages[Math.min(i, field.usages.length - 1)];
        if (usage !== undefined) values.push({ usage, value: element(field, body, i), relative: field.relative });
      }
  }
  return values;
}

function arrayValues(field: HidField, body: Uint8Array): HidValue[] {
  const active = new Set<HidUsage>();
  for (let i = 0; i < field.count; i++) {
    const value = element(field, body, i);
    // Out of range is "no key".
    if (value < field.logicalMin || value > field.logicalMax) continue;
    const usage = field.usages[value - field.logicalMin];
    if (usage !== undefined) active.add(usage);
  }
  return field.usages.map((usage) => ({ usage, value: active.has(usage) ? 1 : 0, relative: false }));
}

function element(field: HidField, body: Uint8Array, index: number): number {
  const first = field.firstBit + index * field.bits;
  let value = 0;
  for (let bit = 0; bit < field.bits; bit++) {
    const at = first + bit;
    if ((((body[at >> 3] ?? 0) >> (at & 7)) & 1) !== 0) value += 2 ** bit;
  }
  return field.logicalMin < 0 && value >= 2 ** (field.bits - 1) ? value - 2 ** field.bits : value;
}

/** Usages that can be set, such as lamps. */
export function outputUsages(layout: HidLayout): ReadonlySet<HidUsage> {
  return new Set(layout.fields.filter((f) => f.kind === "output" && !f.constant).flatMap((f) => f.usages));
}

/** Every output report that has one of `among`, with those of `on` set. Its first byte is its number, 0 where they have none. */
export function writeOutputs(
  layout: HidLayout,
  among: ReadonlySet<HidUsage>,
  on: ReadonlySet<HidUsage>,
): readonly Uint8Array[] {
  const outputs = layout.fields.filter((field) => field.kind === "output");
  const wanted = outputs.filter((field) => !field.constant && field.usages.some((usage) => among.has(usage)));
  return [...new Set(wanted.map((field) => field.reportId))].map((reportId) => {
    const fields = outputs.filter((field) => field.reportId === reportId);
    const bits = Math.max(...fields.map((field) => field.firstBit + field.bits * field.count));
    const report = new Uint8Array(1 + Math.ceil(bits / 8));
    report[0] = reportId;
    for (const field of fields) if (!field.constant) fill(field, report.subarray(1), on);
    return report;
  });
}

function fill(field: HidField, body: Uint8Array, on: ReadonlySet<HidUsage>): void {
  const put = (index: number, value: number): void => {
    for (let bit = 0; bit < field.bits; bit++) {
      const at = field.firstBit + index * field.bits + bit;
      if (Math.floor(value / 2 ** bit) % 2 === 1) body[at >> 3] = (body[at >> 3] ?? 0) | (1 << (at & 7));
    }
  };
  if (!field.array) {
    for (let i = 0; i < field.count; i++) if (on.has(field.usages[i] ?? -1)) put(i, Math.max(1, field.logicalMax));
    return;
  }
  const numbers = field.usages.flatMap((usage, i) => (on.has(usage) ? [field.logicalMin + i] : []));
  for (let i = 0; i < field.count; i++) put(i, numbers[i] ?? 0);
}

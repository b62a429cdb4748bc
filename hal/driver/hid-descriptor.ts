/** HID report descriptors read into fields (Device Class Definition for HID 1.11 §6.2.2). Pure; no reports are read here. */

/** A usage with its page in the high 16 bits: 0x000b0020 is the hook switch. */
export type HidUsage = number;

export interface HidField {
  readonly kind: "input" | "output" | "feature";
  /** 0 where the device does not number its reports. */
  readonly reportId: number;
  /** First bit in the report, after the report's number. */
  readonly firstBit: number;
  /** Of one element, 1 to 32. */
  readonly bits: number;
  readonly count: number;
  /** Of a variable field: by element; of an array: by value less `logicalMin`. The last one goes on to the end. */
  readonly usages: readonly HidUsage[];
  readonly logicalMin: number;
  readonly logicalMax: number;
  readonly constant: boolean;
  /** Elements are numbers of usages, not their values. */
  readonly array: boolean;
  readonly relative: boolean;
}

export interface HidLayout {
  readonly fields: readonly HidField[];
  /** Usages of the top level: 0x000b0004 is a handset. */
  readonly applications: readonly HidUsage[];
  /** Reports begin with their number. */
  readonly numbered: boolean;
}

interface Globals {
  page: number;
  logicalMin: number;
  logicalMax: number;
  bits: number;
  count: number;
  reportId: number;
}

const main = { input: 8, output: 9, collection: 10, feature: 11, endCollection: 12 } as const;
const application = 1;
/** More than any report holds: a descriptor that asks for it is wrong. */
const mostUsages = 4096;

export type HidReading = { ok: true; layout: HidLayout } | { ok: false; why: string };

/** What a device says of itself may be wrong: it is told why, and nothing is thrown. */
export function readHidDescriptor(bytes: Uint8Array): HidReading {
  const fields: HidField[] = [];
  const applications: HidUsage[] = [];
  const nextBit = new Map<string, number>();
  let globals: Globals = { page: 0, logicalMin: 0, logicalMax: 0, bits: 0, count: 0, reportId: 0 };
  const saved: Globals[] = [];
  let usages: HidUsage[] = [];
  let usageMin: number | undefined;
  let depth = 0;
  let numbered = false;

  for (let at = 0; at < bytes.length; ) {
    const prefix = bytes[at++] ?? 0;
    if (prefix === 0xfe) {
      at += 2 + (bytes[at] ?? 0);
      continue;
    }
    const size = [0, 1, 2, 4][prefix & 3] ?? 0;
    if (at + size > bytes.length) return { ok: false, why: `an item at byte ${at - 1} ends behind the descriptor` };
    const unsigned = unsignedAt(bytes, at, size);
    const signed = size === 0 ? 0 : (unsigned << (32 - 8 * size)) >> (32 - 8 * size);
    at += size;
    const tag = prefix >> 4;
    const type = (prefix >> 2) & 3;
    const usage = size === 4 ? unsigned : globals.page * 0x1_0000 + unsigned;
    if (type === 1) {
      if (tag === 0) globals.page = unsigned;
      else if (tag === 1) globals.logicalMin = signed;
      // A range from 0 on is written without sign by many devices.
      else if (tag === 2) globals.logicalMax = globals.logicalMin >= 0 ? unsigned : signed;
      else if (tag === 7) globals.bits = unsigned;
      else if (tag === 9) globals.count = unsigned;
      else if (tag === 8) {
        globals.reportId = unsigned;
        numbered = true;
      } else if (tag === 10) saved.push({ ...globals });
      else if (tag === 11) globals = saved.pop() ?? globals;
    } else if (type === 2) {
      if (tag === 0) usages.push(usage);
      else if (tag === 1) usageMin = usage;
      else if (tag === 2 && usageMin !== undefined) {
        if (usage - usageMin >= mostUsages) return { ok: false, why: "a range of usages has no end" };
        for (let each = usageMin; each <= usage; each++) usages.push(each);
        usageMin = undefined;
      }
    } else if (type === 0) {
      if (tag === main.collection) {
        if (depth === 0 && unsigned === application && usages[0] !== undefined) applications.push(usages[0]);
        depth++;
      } else if (tag === main.endCollection) {
        if (depth === 0) return { ok: false, why: "a collection ends that has not begun" };
        depth--;
      } else {
        const kind = tag === main.input ? "input" : tag === main.output ? "output" : "feature";
        const { bits, count, reportId, logicalMin, logicalMax } = globals;
        if (bits > 32 || bits * count > 0x1_0000) return { ok: false, why: `a field of ${count} times ${bits} bits` };
        const key = `${kind} ${reportId}`;
        const firstBit = nextBit.get(key) ?? 0;
        nextBit.set(key, firstBit + bits * count);
        fields.push({
          ...{ kind, reportId, firstBit, bits, count, usages, logicalMin, logicalMax },
          constant: (unsigned & 1) !== 0,
          array: (unsigned & 2) === 0,
          relative: (unsigned & 4) !== 0,
        });
      }
      usages = [];
      usageMin = undefined;
    }
  }
  if (depth !== 0) return { ok: false, why: "a collection does not end" };
  return { ok: true, layout: { fields, applications, numbered } };
}

function unsignedAt(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** Tells the device's network helper what the configuration wants, and people what became of it (feature rows NET-01, -02, -13, -16, -39). Sets nothing itself. */
import { join } from "node:path";
import type { Clock, Timer } from "../../hal/clock.ts";
import { readFileIfThere, writeFileAtomic } from "../../hal/driver/os/atomic-file.ts";
import { readTextIfThere } from "../../hal/driver/os/system-files.ts";
import type { NetworkReport } from "../../hal/network-setup.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { networkRows, reportIn } from "../device/network-rows.ts";
import { touchesNetwork, wantedNetwork } from "../device/wanted-network.ts";
import type { Settings } from "../phone/ports.ts";

export interface NetworkSetupParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly model: { readonly name: string; readonly accounts: number };
  readonly firmware: string;
  readonly mac: string;
  /** The data folder; network.json in it is the helper's order. */
  readonly data: string;
  /** Undefined where the phone runs on a machine whose network is not its own. */
  readonly reportFile: string | undefined;
  readonly notice: (key: string, text: string | undefined) => void;
  /** What `rows` gives has changed. */
  readonly changed: () => void;
}

export interface NetworkSetup {
  /** For the status page. */
  readonly rows: readonly (readonly [label: string, value: string])[];
  /** From now on people are told. */
  open(): void;
  close(): void;
}

/** How often the report is looked at, ms. */
const pollMs = 1000;

export async function openNetworkSetup(parts: NetworkSetupParts): Promise<NetworkSetup> {
  const { clock, log, settings, notice, reportFile } = parts;
  if (reportFile === undefined) return { rows: [], open: () => undefined, close: () => undefined };
  const path = join(parts.data, "network.json");
  const want = () =>
    wantedNetwork(settings, {
      ...{ model: parts.model.name, accounts: parts.model.accounts },
      ...{ firmware: parts.firmware, mac: parts.mac },
    });
  const before = await orderOf(path);
  const { wanted, problems } = want();
  for (const problem of problems) log.warn({}, problem);
  const order = wanted === undefined ? before : JSON.stringify(wanted);
  let kept: string | undefined;
  if (wanted === undefined) log.error({}, "the network stays as it was: its settings cannot be used");
  else if (order !== before)
    await writeFileAtomic(path, new TextEncoder().encode(order)).catch((error: unknown) => {
      kept = `Network settings are not kept: ${reasonOf(error)}`;
      log.error({}, kept);
    });

  let report: NetworkReport | undefined;
  let text: string | undefined;
  let timer: Timer | undefined;
  const look = (): void => {
    const now = readTextIfThere(reportFile);
    if (now !== text) {
      text = now;
      report = now === undefined ? undefined : reportIn(now);
      for (const trouble of report?.troubles ?? []) log.warn({}, trouble);
      notice("network helper", report?.troubles[0]);
      parts.changed();
    }
    timer = clock.after(pollMs, look);
  };
  const stopListening = settings.onChange.on((names) => {
    if (![...names].some(touchesNetwork)) return;
    const next = want();
    for (const problem of next.problems) log.warn({}, problem);
    const differs = next.wanted !== undefined && JSON.stringify(next.wanted) !== order;
    notice("network settings", differs ? "Network settings changed: restart the phone" : next.problems[0]);
  });
  return {
    get rows() {
      return networkRows(report);
    },
    open() {
      const first = kept ?? (wanted === undefined ? problems[0] : undefined);
      notice("network settings", first);
      look();
    },
    close() {
      timer?.cancel();
      stopListening();
    },
  };
}

async function orderOf(path: string): Promise<string | undefined> {
  const bytes = await readFileIfThere(path).catch(() => undefined);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

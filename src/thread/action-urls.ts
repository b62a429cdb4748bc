/** Connects what happens to the phone with the addresses that are to be fetched then (feature rows API-06, API-07). */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { Resolver } from "../base/network.ts";
import { NodeHttpClient } from "../net/http-client.ts";
import type { MomentFacts } from "../phone/action-url.ts";
import { ActionUrls } from "../phone/action-urls.ts";
import type { Phone } from "../phone/phone.ts";
import type { Settings } from "../phone/ports.ts";
import { loadTlsSettings, touchesTls } from "./certificates.ts";

export interface ActionUrlOptions {
  readonly phone: Phone;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly resolver: Resolver;
  readonly certificates: { readonly folder: string; readonly name: string };
  readonly userAgent: string;
  /** Who the phone is at this moment. */
  readonly facts: () => Omit<MomentFacts, "aor" | "displayName">;
}

/** How long the end of the program waits for what is still to be told, ms. */
const lastWordsMs = 2000;

/** Returns what waits for the last words. */
export function openActionUrls({ phone, facts, certificates, ...parts }: ActionUrlOptions): () => Promise<void> {
  const { settings, log } = parts;
  const http = new NodeHttpClient({ ...parts, load: () => loadTlsSettings({ ...certificates, settings, log }) });
  const unhear = settings.onChange.on((names) => {
    if ([...names].some(touchesTls)) http.reload();
  });
  const actions = new ActionUrls({
    ...parts,
    http,
    facts: (account) => ({ ...facts(), ...phone.outward.identityOf(account) }),
  });
  phone.outward.onMoment.on((moment) => actions.tell(moment));
  return async () => {
    unhear();
    await actions.close(lastWordsMs);
  };
}

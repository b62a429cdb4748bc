/** How an account's messages are written, timed and sent, out of the configuration (feature rows ACC-15, ACC-16, ACC-19, ACC-22, NET-24, NET-28). Reads; sends nothing. */
import type { Manner } from "../sip/manner.ts";
import type { SipTimers } from "../sip/timers.ts";
import type { Settings } from "./ports.ts";

/** What a kind of server expects of its phones beyond SIP as such. */
export interface ServerHabits {
  /** It presses keys by NOTIFY inside the call: Event talk answers or resumes, Event hold holds. */
  readonly pressesKeys: boolean;
}

const plain: ServerHabits = { pressesKeys: false };

/**
 * By `account.X.sip_server_type`. BroadWorks and Genesys control calls by the events talk and hold, which they look for
 * in Allow-Events; of Cosmocom and UCAP no such habit is published.
 */
const habits: Readonly<Record<number, ServerHabits>> = {
  2: { pressesKeys: true },
  8: { pressesKeys: true },
  10: { pressesKeys: true },
};

export function serverHabitsOf(settings: Settings, id: number): ServerHabits {
  return habits[settings.number(`account.${id}.sip_server_type`)] ?? plain;
}

export function mannerOf(settings: Settings, id: number): Manner {
  const timers = timersOf(settings, id);
  const localPort = localPortOf(settings, id);
  return {
    compact: settings.flag(`account.${id}.compact_header_enable`),
    proxyRequire: settings.text(`account.${id}.proxy_require`).trim(),
    rport: settings.number(`account.${id}.nat.rport`) !== 0,
    ...(timers === undefined ? {} : { timers }),
    ...(localPort === undefined ? {} : { localPort }),
    ...(serverHabitsOf(settings, id).pressesKeys ? { allowEvents: ["talk", "hold"] } : {}),
  };
}

/** The account's own port where one was configured: else those of the whole phone count (NET-24). */
export function localPortOf(settings: Settings, id: number): number | undefined {
  const name = `account.${id}.sip_listen_port`;
  return settings.isSet(name) ? settings.number(name) : undefined;
}

/** The account's own timers where it has any, those of the whole phone for the others; undefined where it has none. */
export function timersOf(settings: Settings, id: number): SipTimers | undefined {
  const own = (name: string) => `account.${id}.advanced.${name}`;
  const names = ["timer_t1", "timer_t2", "timer_t4"] as const;
  if (!names.some((name) => settings.isSet(own(name)))) return undefined;
  const ms = (name: (typeof names)[number]) =>
    1000 * settings.number(settings.isSet(own(name)) ? own(name) : `sip.${name}`);
  return { t1Ms: ms("timer_t1"), t2Ms: ms("timer_t2"), t4Ms: ms("timer_t4") };
}

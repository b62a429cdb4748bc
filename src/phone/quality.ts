/**
 * The quality of calls for people and collectors: the line in the log at a call's end, reports by PUBLISH (RFC 6035,
 * feature rows VQM-02 to VQM-04), and what the LCD shows (VQM-05, VQM-06). The figures are the media worker's.
 */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { MediaEvent, StreamStatistics } from "../media/protocol.ts";
import type { Session } from "../sip/session.ts";
import type { UserAgent } from "../sip/user-agent.ts";
import type { Accounts } from "./accounts.ts";
import type { Call } from "./call.ts";
import type { Settings } from "./ports.ts";
import { type AlertState, nextAlerts, noAlerts } from "./quality-alert.ts";
import { type ReportFacts, type ReportKind, reportText } from "./quality-report.ts";
import { alertLimits, collectorOf, reportChoice } from "./quality-settings.ts";
import { qualityRows, summaryOf } from "./quality-view.ts";

export interface QualityParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly userAgent: Pick<UserAgent, "request">;
  readonly accounts: Pick<Accounts, "identity">;
  /** Of the phone, with colons. */
  readonly mac?: string | undefined;
  /** What is shown may have changed. */
  readonly changed: () => void;
}

/** A call that is or was talked in. */
interface Watched {
  readonly call: Call;
  readonly session: Session;
  alerts: AlertState;
  nextIntervalMs: number;
  endedMs: number | undefined;
}

/** So long after its end the last figures of a call are waited for, ms. */
const partingMs = 10_000;

export class CallQualityWatch {
  readonly #parts: QualityParts;
  readonly #watched = new Map<number, Watched>();
  #last: { readonly facts: ReportFacts; readonly statistics: StreamStatistics } | undefined;
  readonly #unnamed = new Set<number>();

  constructor(parts: QualityParts) {
    this.#parts = parts;
  }

  /** Calls may have begun or ended. */
  look(calls: readonly Call[]): void {
    const { clock, settings } = this.#parts;
    for (const [id, watched] of this.#watched) {
      if (watched.call.state.name === "talking") continue;
      watched.endedMs ??= clock.now();
      // Where the media worker died with it, there are no last words.
      if (clock.now() - watched.endedMs > partingMs) this.#watched.delete(id);
    }
    for (const call of calls) {
      const { session } = call;
      if (call.state.name !== "talking" || session === undefined || this.#watched.has(call.id)) continue;
      const nextIntervalMs = clock.now() + 1000 * reportChoice(settings).intervalSeconds;
      this.#watched.set(call.id, { call, session, alerts: noAlerts, nextIntervalMs, endedMs: undefined });
    }
  }

  /** Figures of a stream, which has the number of its call. */
  told({ stream, final, statistics }: Extract<MediaEvent, { type: "quality" }>): void {
    const watched = this.#watched.get(stream);
    const { quality } = statistics;
    if (watched === undefined || quality === undefined) return;
    const facts = this.#factsOf(watched, quality);
    this.#last = { facts, statistics };
    const over = watched.call.state.name !== "talking";
    if (final && over) {
      this.#watched.delete(stream);
      const { id, account } = watched.call;
      const summary = summaryOf(statistics);
      this.#parts.log.info({ call: id, account, ...summary.facts }, `call ${id}: ${summary.text}`);
      if (reportChoice(this.#parts.settings).session) this.#publish(watched, { type: "session" }, facts);
    } else if (!final && !over) this.#during(watched, facts, statistics);
    this.#parts.changed();
  }

  /** For the status page, of the running call or the last one; empty where that is switched off, or nothing was heard yet. */
  get rows(): readonly (readonly [label: string, value: string])[] {
    const { settings } = this.#parts;
    if (this.#last === undefined || !settings.flag("phone_setting.vq_rtcpxr.states_show_on_gui.enable")) return [];
    const { facts, statistics } = this.#last;
    return qualityRows(facts, statistics, settings, this.#watched.size > 0);
  }

  #during(watched: Watched, facts: ReportFacts, statistics: StreamStatistics): void {
    const { clock, settings } = this.#parts;
    const { heard } = facts.quality;
    if (heard === undefined) return;
    const delayMs = statistics.roundTripMs === undefined ? undefined : facts.quality.oneWayMs;
    const [state, alerts] = nextAlerts(watched.alerts, { mosLq: statistics.mos, delayMs }, alertLimits(settings));
    watched.alerts = state;
    for (const alert of alerts) this.#publish(watched, alert, facts);
    const { interval, intervalSeconds } = reportChoice(settings);
    if (!interval || clock.now() < watched.nextIntervalMs) return;
    // After a pause without figures one report is due, not one for each interval that went by.
    const missed = Math.floor((clock.now() - watched.nextIntervalMs) / (1000 * intervalSeconds));
    watched.nextIntervalMs += 1000 * intervalSeconds * (1 + missed);
    this.#publish(watched, { type: "interval" }, facts);
  }

  #factsOf({ session, call }: Watched, quality: ReportFacts["quality"]): ReportFacts {
    const identity = session.identity ?? this.#parts.accounts.identity(call.account);
    const dialog = session.replaceable;
    return {
      callId: session.request.callId,
      local: { displayName: identity?.displayName ?? "", uri: identity?.aor ?? session.request.to.uri },
      remote: session.remote,
      direction: call.direction,
      mac: this.#parts.mac ?? "00:00:00:00:00:00",
      dialog: dialog === undefined ? undefined : { localTag: dialog.fromTag, remoteTag: dialog.toTag },
      quality,
    };
  }

  #publish({ call }: Watched, kind: ReportKind, facts: ReportFacts): void {
    const { settings, log, userAgent, accounts } = this.#parts;
    const { id, account } = call;
    const identity = accounts.identity(account);
    const collector = collectorOf(settings, account);
    if (identity === undefined) return;
    if (collector === undefined) {
      if (!this.#unnamed.has(account))
        log.warn(
          { account },
          `account ${account}: reports of call quality are switched on, and account.${account}.vq_rtcpxr.collector_server_host names no collector`,
        );
      this.#unnamed.add(account);
      return;
    }
    const what = `call ${id}: the ${kind.type} report of its quality`;
    // The collector is where the parameters say, whichever server the account is at.
    const asked = userAgent.request({
      identity: { ...identity, route: [], servers: undefined, target: undefined, transport: undefined },
      method: "PUBLISH",
      uri: collector,
      headers: [["Event", "vq-rtcpxr"]],
      contentType: "application/vq-rtcpxr",
      body: reportText(kind, facts),
    });
    void asked.then((outcome) => {
      if (!("response" in outcome))
        log.warn({ call: id, account }, `${what} did not reach ${collector}: ${outcome.failed}`);
      else if (outcome.response.status >= 300)
        log.warn(
          { call: id, account, status: outcome.response.status },
          `${what} was refused by ${collector}: ${outcome.response.status} ${outcome.response.reason}`,
        );
      else log.debug({ call: id, account }, `${what} went to ${collector}`);
    });
  }
}

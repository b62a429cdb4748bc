/** What the configuration says of reports of call quality (feature rows VQM-02 to VQM-04). */
import { hostText, SipUri } from "../sip/uri.ts";
import type { Settings } from "./ports.ts";
import type { AlertLimits, Limits } from "./quality-alert.ts";

const row = "phone_setting.vq_rtcpxr";

export interface ReportChoice {
  readonly session: boolean;
  readonly interval: boolean;
  /** 5 to 20. */
  readonly intervalSeconds: number;
}

export function reportChoice(settings: Settings): ReportChoice {
  return {
    session: settings.flag(`${row}.session_report.enable`),
    interval: settings.flag(`${row}.interval_report.enable`),
    intervalSeconds: settings.number(`${row}_interval_period`),
  };
}

export function alertLimits(settings: Settings): AlertLimits {
  const limits = (name: string, scale: number): Limits => {
    const of = (level: string) => {
      const value = settings.optionalNumber(`${row}_${name}_threshold_${level}`);
      return value === undefined ? undefined : value / scale;
    };
    return { warning: of("warning"), critical: of("critical") };
  };
  return { mosLq: limits("moslq", 10), delayMs: limits("delay", 1) };
}

/** Where an account's reports go; undefined where that is not said. */
export function collectorOf(settings: Settings, account: number): string | undefined {
  const own = `account.${account}.vq_rtcpxr`;
  const host = settings.text(`${own}.collector_server_host`).trim();
  if (host === "") return undefined;
  const name = settings.text(`${own}.collector_name`).trim();
  const user = name === "" ? "" : `${encodeURIComponent(name)}@`;
  const uri = `sip:${user}${hostText(host)}:${settings.number(`${own}.collector_server_port`)}`;
  return SipUri.parse(uri) === undefined ? undefined : uri;
}

/** Whether the status page shows that figure: it does unless told. */
export function isShown(settings: Settings, name: string): boolean {
  return settings.text(`${row}_display_${name}.enable`).trim() !== "0";
}

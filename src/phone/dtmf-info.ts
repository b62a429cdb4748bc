/** Digits of a call as INFO requests (RFC 6086's forerunners, as PBXs know them): feature row CAL-78. */
import type { Session } from "../sip/session.ts";
import type { Settings } from "./ports.ts";

/** How the digits of an account go out. */
export interface DtmfWay {
  /** As sound or RFC 4733 events in the media stream. */
  readonly media: boolean;
  readonly info: InfoForm | undefined;
}

export type InfoForm = "relay" | "plain" | "event";

export function dtmfWayOf(settings: Settings, account: number): DtmfWay {
  const type = settings.number(`account.${account}.dtmf.type`);
  const form = ([undefined, "relay", "plain", "event"] as const)[settings.number(`account.${account}.dtmf.info_type`)];
  // INFO alone without a form would send nothing at all: then the form that every PBX reads.
  if (type === 2) return { media: false, info: form ?? "relay" };
  return { media: true, info: type === 3 ? form : undefined };
}

/** @param durationMs of the digit */
export function infoOf(digit: string, durationMs: number, form: InfoForm): { contentType: string; body: string } {
  const relay = `Signal=${digit}\r\nDuration=${durationMs}\r\n`;
  switch (form) {
    case "relay":
      return { contentType: "application/dtmf-relay", body: relay };
    case "plain":
      return { contentType: "application/dtmf", body: digit };
    case "event":
      return { contentType: "application/telephone-event", body: relay };
    default:
      return form satisfies never;
  }
}

/** The status that came back; 0 where none did. */
export async function sendInfo(session: Session, digit: string, durationMs: number, form: InfoForm): Promise<number> {
  const outcome = await session.send("INFO", infoOf(digit, durationMs, form));
  return "response" in outcome ? outcome.response.status : 0;
}

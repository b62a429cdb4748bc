/** What is heard before the answer: our own ring-back or the far end's early sound (RFC 3960 §3; feature rows CAL-38 to CAL-40). Pure. */
import type { Settings } from "./ports.ts";

/** voice.call_preview_mode. */
export type PreviewMode = "early sound replaces ring-back" | "both" | "early sound only";

export function previewMode(settings: Settings): PreviewMode {
  const modes = ["early sound replaces ring-back", "both", "early sound only"] as const;
  return modes[settings.number("voice.call_preview_mode") - 1] ?? modes[0];
}

/**
 * Whether a provisional response calls for our own ring-back although early sound is heard: a 180 that follows a 183
 * (phone_setting.is_deal180), or any 183 where that counts as 180 (phone_setting.change_183_to_180).
 */
export function bringsRingBack(settings: Settings, status: number): boolean {
  if (status === 183) return isOn(settings.text("phone_setting.change_183_to_180"));
  return status === 180 && settings.flag("phone_setting.is_deal180");
}

/** How long early sound may pause before ring-back is heard again, ms (phone_setting.early_media.rtp_sniffer.timeout). */
export function earlyQuietMs(settings: Settings): number {
  const text = settings.text("phone_setting.early_media.rtp_sniffer.timeout").trim();
  const ms = /^\d+$/.test(text) ? Number(text) : usualQuietMs;
  return Math.min(mostQuietMs, Math.max(leastQuietMs, ms));
}

const usualQuietMs = 600;
/** Two packets of 60 ms may be missing. */
const leastQuietMs = 200;
const mostQuietMs = 60_000;

function isOn(text: string): boolean {
  return text.trim() !== "" && text.trim() !== "0";
}

/** What can be seen and heard of the phone now: every part asked for its share of the view. No keys and no changes: that is phone.ts. */
import type { Assembly, PhoneParts } from "./assembly.ts";
import { previewMode } from "./early-sound.ts";
import { forwardsOf } from "./forwarding.ts";
import { currentLines } from "./line-press.ts";
import type { Output } from "./output.ts";
import { type Sounds, soundsOf } from "./sounds.ts";
import type { AccountView, PhoneView } from "./state.ts";
import { dndByAccount, isOn, switchAllowed } from "./switches.ts";
import { composeView } from "./view.ts";

export interface LookParts {
  readonly output: Output;
  readonly network: "up" | "down";
  /** The account for a new call. */
  readonly account: number;
}

export function lookAt(
  parts: Pick<PhoneParts, "settings">,
  inner: Assembly,
  { output, network, account }: LookParts,
): PhoneView {
  return composeView({
    accounts: inner.accounts.views,
    lines: currentLines(parts.settings, inner),
    defaultAccount: account,
    calls: inner.calls,
    dial: inner.dial.state,
    output: output,
    network: network,
    conference: inner.network,
    audio: inner.audio,
    dnd: (account) => isOn(parts.settings, "dnd", account),
    another: inner.joining.another?.remote,
    keys: {
      dnd: switchAllowed(parts.settings, "dnd"),
      dndByAccount: dndByAccount(parts.settings),
      silence: parts.settings.flag("features.ignore_incoming_call.enable"),
      decline: parts.settings.flag("features.call_decline.enable"),
    },
    forward: forwardsOf(parts.settings, inner.accounts.defaultId),
    voiceMail: inner.voiceMail.view(inner.accounts.defaultId),
    notices: inner.alerts.texts,
    news: inner.alerts.news,
    page: inner.paging.view,
    pressed: (call) => inner.pressed.of(call),
    recording: (call) => inner.recording.of(call),
    level: (call) => inner.levels.of(call),
  });
}

/** Which tones run, and whether somebody listens. */
export function soundsNow(
  { settings, clock }: Pick<PhoneParts, "settings" | "clock">,
  inner: Assembly,
  account: number,
): Sounds {
  return soundsOf({
    dial: inner.dial.state,
    current: inner.calls.active?.state,
    calls: inner.calls.list.map((c) => c.state),
    paged: inner.paging.stream !== undefined,
    parked: inner.hands.parked,
    preview: { mode: previewMode(settings), audible: inner.calls.active?.audible === true },
    toneAfter: settings.text("features.redial_tone").trim(),
    partial: settings.flag("features.partition_tone") && partly(inner.accounts.views),
    messagesWait: settings.flag("features.voice_mail_tone_enable") && inner.voiceMail.waitingFor(account),
    waitingTone: settings.flag("call_waiting.tone"),
    busyToneMs: 1000 * settings.number("features.busy_tone_delay"),
    nowMs: clock.now(),
  });
}

/** AUD-16: some accounts can call and some cannot. */
function partly(accounts: readonly AccountView[]): boolean {
  const wanted = accounts.filter(({ state }) => state.name !== "disabled");
  const registered = wanted.filter(({ state }) => state.name === "registered");
  return registered.length > 0 && registered.length < wanted.length;
}

/** Streams that are heard and spoken into: of a page, of the active call, or of all that it is joined with (CAL-55). */
export function streamsHeard({ calls, dial, paging }: Assembly): number[] {
  const { active, conference } = calls;
  if (paging.stream !== undefined) return [paging.stream];
  if (active === undefined || dial.state.name !== "closed") return [];
  // Our own ring-back instead of what the far end plays.
  if (active.state.name === "ringback" && active.state.own !== undefined) return [];
  const joined = conference.has(active) ? conference.members : [active];
  return joined.flatMap((call) => ((call.audible || call.listens) && call.stream !== undefined ? [call.stream] : []));
}

/** From configuration names to what phone/ works with; every name that phone/ applies is read here. */
import type { Digit } from "../../hal/keypad.ts";
import { rtpPortRange } from "../config/port-range.ts";
import type { MediaTuning } from "../media/protocol.ts";
import type { HoldStyle, LocalMedia, RtcpManner } from "../sdp/media.ts";
import type { SessionConduct } from "../sip/session-conduct.ts";
import type { DialRules } from "./dialling.ts";
import type { EndWords } from "./end-reason.ts";
import type { NumberFormat, NumberRules } from "./number.ts";
import type { Settings } from "./ports.ts";

export function dialRules(settings: Settings): DialRules {
  const sendKeys: readonly (Digit | undefined)[] = [undefined, "#", "*"];
  return {
    sendKey: sendKeys[settings.number("features.key_as_send")],
    interDigitMs: 1000 * settings.number("phone_setting.inter_digit_time"),
    autoDialOnHook: settings.flag("phone_setting.predial_autodial"),
    dialToneMs: 1000 * settings.number("features.call.dialtone_time_out"),
  };
}

export function numberRules(settings: Settings, account: number): NumberRules {
  return {
    filter: settings.text("features.call_num_filter"),
    escapePound: settings.flag("sip.use_23_as_pound"),
    escapeReserved: settings.flag("sip.escape_characters.enable"),
    userPhone: settings.flag(`account.${account}.enable_user_equal_phone`),
    directIp: settings.flag("features.direct_ip_call_enable"),
  };
}

/** The same for whom we call: the form of the address may be another (ACC-35). */
export function calledNumberRules(settings: Settings, account: number): NumberRules {
  const formats: readonly NumberFormat[] = ["sip", "user-phone", "tel"];
  return {
    ...numberRules(settings, account),
    format: formats[settings.number("features.call_invite_format")] ?? "sip",
    globalPrefix: settings.flag("sip.requesturi.e164.addglobalprefix"),
  };
}

/** When descriptions are sent (ACC-34): in the INVITE and its 200, already in our first 180, or first by whom we call. */
export function descriptionMoment(settings: Settings): "usual" | "early-answer" | "late-offer" {
  return (
    (["usual", "early-answer", "late-offer"] as const)[settings.number("sip.sdp_early_answer_or_offer")] ?? "usual"
  );
}

/** What the end of a call is called (ACC-32). */
export function endWords(settings: Settings): EndWords {
  return {
    peersOwn: settings.flag("sip.call_fail_use_reason.enable"),
    forbidden: settings.text("phone_setting.show_code403").trim(),
  };
}

export function ptimeOf(settings: Settings, account: number): number {
  return settings.number(`account.${account}.ptime`) || 20;
}

/** What is done in pauses and against loss (AUD-08, AUD-09). */
export function companionsOf(
  settings: Settings,
): Pick<LocalMedia, "comfortNoise" | "silenceSuppression" | "redundancy"> {
  const silenceSuppression = settings.flag("voice.vad");
  return {
    // Who describes pauses has to say so, even where it does not want to hear the noise of others.
    comfortNoise: silenceSuppression || settings.flag("voice.cng"),
    silenceSuppression,
    redundancy: settings.number("voice.redundancy.generations"),
  };
}

/** What RTCP may be besides the plain sort (VQM-01, RFC 5761). */
export function rtcpMannerOf(settings: Settings): RtcpManner {
  const muxes = ["no", "accept", "offer"] as const;
  return {
    mux: muxes[settings.number("voice.rtcp_mux")] ?? "accept",
    extended: settings.flag("voice.rtcp.enable") && settings.flag("voice.rtcp_xr.enable"),
  };
}

/** undefined: in-band or INFO, so no telephone-event is offered (CAL-78). */
export function dtmfTypeOf(settings: Settings, account: number): number | undefined {
  const type = settings.number(`account.${account}.dtmf.type`);
  return type === 1 || type === 3 ? settings.number(`account.${account}.dtmf.dtmf_payload`) : undefined;
}

/** Where `voice.*_send` leaves a microphone as it is; each step from there is a dB (AUD-11). */
const microphoneSteps = { handset: 25, headset: 29, speaker: 35 };

export function mediaTuning(settings: Settings, cname: string): MediaTuning {
  return {
    jitter: {
      adaptive: settings.flag("voice.jib.adaptive"),
      minMs: settings.number("voice.jib.min"),
      maxMs: settings.number("voice.jib.max"),
      normalMs: settings.number("voice.jib.normal"),
    },
    rtcp: settings.flag("voice.rtcp.enable"),
    rtcpXr: settings.flag("voice.rtcp_xr.enable"),
    qualitySeconds: qualitySeconds(settings),
    flight: flightOf(settings),
    cname: settings.text("voice.rtcp_cname") || cname,
    dtmfEndPackets: settings.number("features.dtmf.repetition"),
    dtmfLevelDbm0: settings.number("features.dtmf.volume"),
    echoCancellation: settings.flag("voice.echo_cancellation"),
    dscp: settings.number("static.network.qos.audiotos"),
    symmetricRtp: settings.number("features.rtp_symmetric.enable"),
    comfortNoise: settings.flag("voice.cng"),
    voice: {
      noiseSuppression: settings.flag("voice.noise_suppression"),
      gainControl: settings.flag("voice.gain_control"),
      sideToneDb: settings.number("voice.side_tone"),
      microphoneGainDb: {
        handset: settings.number("voice.handset_send") - microphoneSteps.handset,
        headset: settings.number("voice.headset_send") - microphoneSteps.headset,
        speaker: settings.number("voice.handfree_send") - microphoneSteps.speaker,
      },
      toneSteps: {
        handset: settings.number("voice.handset.tone_vol"),
        headset: settings.number("voice.headset.tone_vol"),
        speaker: settings.number("voice.handfree.tone_vol"),
      },
    },
  };
}

/** What the flight recorder keeps of calls. */
function flightOf(settings: Settings): MediaTuning["flight"] {
  const mode = settings.number("features.flight_recorder.mode");
  const mark = settings.number("features.flight_recorder.mos_threshold");
  return mode === 0 ? undefined : { sound: mode === 2, belowMosLq: mark === 0 ? undefined : mark / 10 };
}

/** How often the worker tells of the quality of calls, s; 0: only at their end. */
function qualitySeconds(settings: Settings): number {
  const asked = ["interval_report.enable", "states_show_on_gui.enable", "states_show_on_web.enable"];
  const limits = ["moslq_threshold", "delay_threshold"].flatMap((name) => [`${name}_warning`, `${name}_critical`]);
  const row = "phone_setting.vq_rtcpxr";
  const wanted =
    asked.some((name) => settings.flag(`${row}.${name}`)) ||
    limits.some((name) => settings.optionalNumber(`${row}_${name}`) !== undefined);
  return wanted ? 1 : 0;
}

/** Always with room for two calls, whatever the two settings say (NET-23). */
export function rtpPorts(settings: Settings): { portMin: number; portMax: number } {
  const { portMin, portMax } = rtpPortRange(settings);
  return { portMin, portMax };
}

/** How the account's calls run: reliable provisional responses and session timers (ACC-23, ACC-24). */
export function conductOf(settings: Settings, account: number, direction: "in" | "out"): Partial<SessionConduct> {
  const row = `account.${account}`;
  const expiresSeconds = Math.max(leastTimerSeconds, settings.number(`${row}.session_timer.expires`));
  const callerRefreshes = settings.number(`${row}.session_timer.refresher`) === 0;
  return {
    sessionId: true,
    reliable: settings.flag(`${row}.100rel_enable`) ? "supported" : "off",
    preconditions: settings.flag(`${row}.precondition`),
    timer: settings.flag(`${row}.session_timer.enable`)
      ? {
          expiresSeconds,
          leastSeconds: leastTimerSeconds,
          refresher: callerRefreshes === (direction === "out") ? "us" : "them",
        }
      : undefined,
  };
}

/** RFC 4028 §5: no session timer is shorter, s. */
const leastTimerSeconds = 90;

/** The form of our hold (CAL-42, CAL-43); the old one wins where both are asked for. */
export function holdStyleOf(settings: Settings, account: number): HoldStyle {
  if (settings.flag("sip.rfc2543_hold")) return "zero-address";
  return settings.flag(`account.${account}.hold_use_inactive`) ? "inactive" : "sendonly";
}

/** Sound: volumes, jitter buffer, speech processing, tones, RTCP and quality reports. Codecs are in codec.ts. */
import { area, choice, flag, number, text, written } from "../row.ts";

const media = { by: "media", effect: "new calls" } as const;

const volumes = area("voice", {}, [
  number("voice.ring_vol", 8, [0, 15], "AUD-11", "Volume of the ringer.", { by: "phone" }),
  ...["handfree", "handset", "headset"].flatMap((path) => [
    number(`voice.${path}.spk_vol`, 8, [0, 15], "AUD-11", `Volume of speech on the ${path}.`, { by: "phone" }),
    number(`voice.${path}.tone_vol`, 8, [0, 15], "AUD-11", `Volume of tones on the ${path}.`, { by: "phone" }),
  ]),
  number(
    "voice.handfree_send",
    35,
    [1, 53],
    "AUD-11",
    "Gain of the hands-free microphone, dB; 35 leaves it as it is.",
    {
      by: "phone",
    },
  ),
  number("voice.handset_send", 25, [1, 53], "AUD-11", "Gain of the handset's microphone, dB; 25 leaves it as it is.", {
    by: "phone",
  }),
  number("voice.headset_send", 29, [1, 53], "AUD-11", "Gain of the headset's microphone, dB; 29 leaves it as it is.", {
    by: "phone",
  }),
  number("voice.group_spk_vol", 8, [0, 15], "CAL-91", "Volume of the loudspeaker when others listen in.", {
    by: "phone",
  }),
  written("force.voice.ring_vol", "AUD-11", "Volume of the ringer that people cannot change, 0 to 15.", {
    by: "phone",
  }),
  number(
    "voice.side_tone",
    -3,
    [-48, 0],
    "AUD-10",
    "Level of one's own voice in the ear on handset and headset, dB below the loudest that they allow; -48 is none.",
    { by: "phone" },
  ),
  choice(
    "features.ringer_device.is_use_headset",
    0,
    { 0: "loudspeaker", 1: "headset", 2: "both" },
    "AUD-12",
    "What rings while a headset is plugged in. Both: the loudspeaker alone where the board cannot play on two paths.",
    { by: "phone" },
  ),
  flag(
    "features.headset_prior",
    0,
    "AUD-13",
    "Once chosen, the headset stays it until its key is pressed again; 0: until another key or the handset is used.",
    {
      by: "phone",
    },
  ),
  flag(
    "features.headset_training",
    0,
    "AUD-14",
    "A second headset, in the handset's jack, hears along while one talks by the headset.",
    { by: "phone" },
  ),
  choice("phone_setting.headsetkey_mode", 1, { 0: "", 1: "" }, "UIX-33", "What the headset key does."),
  flag(
    "features.group_listen_in_talking_enable",
    1,
    "CAL-91",
    "Lets others listen in on the loudspeaker while one talks by handset or headset: hold the speaker key for a second.",
    { by: "phone" },
  ),
]);

const processing = area("voice", {}, [
  flag(
    "voice.jib.adaptive",
    1,
    "AUD-05",
    "Lets the jitter buffer follow the network, between min and max; else it stays at normal.",
    media,
  ),
  number("voice.jib.min", 0, [0, 400], "AUD-05", "Least delay of the adaptive jitter buffer, ms.", media),
  number("voice.jib.max", 300, [0, 400], "AUD-05", "Greatest delay of the adaptive jitter buffer, ms.", media),
  number("voice.jib.normal", 120, [0, 400], "AUD-05", "Delay of the fixed jitter buffer, ms.", media),
  ...["adaptive", "min", "max", "normal"].map((name) =>
    written(`voice.jib.wifi.${name}`, "AUD-05", `The same on Wi-Fi: ${name}.`, {
      ignored: "the one jitter buffer adapts to Wi-Fi too",
    }),
  ),
  flag(
    "voice.echo_cancellation",
    1,
    "AUD-06",
    "Removes what the microphone hears of the loudspeaker or the earpiece, so that the far end does not hear itself.",
    { by: "phone" },
  ),
  flag("voice.noise_suppression", 1, "AUD-07", "Lowers the steady noise that the microphone hears.", { by: "phone" }),
  flag("voice.gain_control", 1, "AUD-07", "Makes soft speech louder and loud speech softer, up to 12 dB.", {
    by: "phone",
  }),
  flag(
    "voice.vad",
    0,
    "AUD-08",
    "Sends nothing while nobody speaks, and tells the far end how the noise of the room sounds where it takes that.",
    { by: "phone", effect: "new calls" },
  ),
  flag("voice.cng", 1, "AUD-09", "Fills the far end's silence with soft noise.", { by: "phone", effect: "new calls" }),
  number(
    "voice.redundancy.generations",
    0,
    [0, 2],
    "AUD-04",
    "How many earlier packets each packet of G.711 and G.722 repeats (RFC 2198) where the far end takes them; 0 offers none and takes theirs. Each costs as much bandwidth again.",
    { by: "phone", effect: "new calls" },
  ),
  flag("voice.g726.aal2.enable", 0, "AUD-02", "Packs G.726 as AAL2 does.", {
    by: "phone",
    effect: "new calls",
  }),
  choice(
    "voice.call_preview_mode",
    1,
    { 1: "early sound replaces ring-back", 2: "both", 3: "early sound only" },
    "CAL-40",
    "What is heard before the far end answers.",
    { by: "phone" },
  ),
  flag("features.voice_mail_tone_enable", 1, "CAL-69", "Changes the dial tone while messages wait.", { by: "phone" }),
]);

const rtcp = area("voice", {}, [
  flag("voice.rtcp.enable", 1, "AUD-18", "Sends RTCP reports.", media),
  text("voice.rtcp_cname", "", "AUD-18", "Name in RTCP reports; made up for each start when blank.", {
    ...media,
    most: 255,
  }),
  flag("voice.rtcp_xr.enable", 0, "VQM-01", "Sends extended reports (RFC 3611).", { by: "phone", effect: "new calls" }),
  choice(
    "voice.rtcp_mux",
    1,
    { 0: "never", 1: "where the far end offers it", 2: "offered too" },
    "AUD-18",
    "Whether RTCP shares the port of RTP (RFC 5761); with ICE it always may.",
    { by: "phone", effect: "new calls" },
  ),
]);

const toneNames: readonly (readonly [string, string])[] = [
  ["dial", "Dial tone"],
  ["ring", "Ring-back tone"],
  ["busy", "Busy tone"],
  ["congestion", "Congestion tone"],
  ["callwaiting", "Call waiting tone"],
  ["dialrecall", "Recall dial tone"],
  ["record", "Recording tone"],
  ["info", "Special information tone"],
  ["stutter", "Dial tone while messages wait"],
  ["message", "Tone of a new message"],
  ["autoanswer", "Tone before an automatic answer"],
  ["secondary_dial", "Second dial tone"],
];

const tones = area("voice", {}, [
  text("voice.tone.country", "Custom", "UIX-29", "Country whose tones are played; Custom: the ones below."),
  ...toneNames.map(([name, title]) =>
    text(
      `voice.tone.${name}`,
      "",
      "UIX-29",
      `${title}, as parts F1+F2/ms with commas between.`,
      name === "autoanswer" ? { by: "phone" } : {},
    ),
  ),
]);

const shown = [
  "start_time",
  "stop_time",
  "local_call_id",
  "remote_call_id",
  "local_codec",
  "remote_codec",
  "jitter",
  "jitter_buffer_max",
  "packets_lost",
  "symm_oneway_delay",
  "round_trip_delay",
  "moslq",
  "moscq",
];

const quality = area("voice", {}, [
  flag("phone_setting.vq_rtcpxr.session_report.enable", 0, "VQM-02", "Reports the quality of a call at its end.", {
    by: "phone",
  }),
  flag("phone_setting.vq_rtcpxr.interval_report.enable", 0, "VQM-03", "Reports it during the call too.", {
    by: "phone",
  }),
  number("phone_setting.vq_rtcpxr_interval_period", 20, [5, 20], "VQM-03", "Seconds between those reports.", {
    by: "phone",
  }),
  ...["warning", "critical"].flatMap((level) => [
    number(
      `phone_setting.vq_rtcpxr_moslq_threshold_${level}`,
      "",
      [15, 40],
      "VQM-04",
      `Ten times the MOS below which a ${level} report is sent.`,
      { by: "phone" },
    ),
    number(
      `phone_setting.vq_rtcpxr_delay_threshold_${level}`,
      "",
      [10, 2000],
      "VQM-04",
      `Milliseconds of delay above which a ${level} report is sent.`,
      { by: "phone" },
    ),
  ]),
  ...shown.map((name) =>
    written(
      `phone_setting.vq_rtcpxr_display_${name}.enable`,
      "VQM-05",
      `Whether the status page shows ${name.replaceAll("_", " ")}: it does, except with 0.`,
      { by: "phone" },
    ),
  ),
  flag("phone_setting.vq_rtcpxr.states_show_on_web.enable", 0, "VQM-06", "Shows call quality on the web pages."),
  flag("phone_setting.vq_rtcpxr.states_show_on_gui.enable", 0, "VQM-06", "Shows call quality on the LCD.", {
    by: "phone",
  }),
]);

const flight = area("voice", {}, [
  choice(
    "features.flight_recorder.mode",
    1,
    { 0: "off", 1: "without what is said", 2: "with what is said" },
    "VQM-06",
    "What is remembered of the packets of a call and of what was made of them, so that it can be looked at afterwards, and with 2 be heard again.",
    { by: "phone", effect: "new calls" },
  ),
  number(
    "features.flight_recorder.mos_threshold",
    25,
    [15, 40],
    "VQM-06",
    "Ten times the MOS below which that is kept in a file by itself at a call's end; 0: only on request.",
    { by: "phone", effect: "new calls", also: [0] },
  ),
]);

export const voiceRows = [...flight, ...volumes, ...processing, ...rtcp, ...tones, ...quality];

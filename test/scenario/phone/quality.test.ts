/** Reports of call quality: when the phone publishes one, to whom, and what it says (RFC 6035). */
import { describe, expect, test } from "vitest";
import type { CallQuality } from "../../../src/media/call-quality.ts";
import type { StreamStatistics } from "../../../src/media/protocol.ts";
import { reportText } from "../../../src/phone/quality-report.ts";
import type { VoipMetrics } from "../../../src/rtp/rtcp-xr.ts";
import type { SipRequest } from "../../../src/sip/message.ts";
import { vqFault } from "../../unit/phone/vq-grammar.ts";
import { account, answers, type Desk, PhoneRig } from "./rig.ts";

const collectorAddress = "10.0.0.77";

const heard: VoipMetrics = {
  ssrc: 0xabcdef,
  ...{ lossPercent: 1.25, discardPercent: 0.5, burstDensityPercent: 40, gapDensityPercent: 0.4 },
  ...{ burstMs: 120, gapMs: 9000, roundTripMs: 84, endSystemMs: 65 },
  ...{ signalDbm0: -21.4, noiseDbm0: undefined, echoLossDb: undefined, gapThreshold: 16 },
  ...{ rating: 88.6, mosLq: 4.31, mosCq: 4.2, concealment: "enhanced", buffer: "adaptive", bufferRate: 5 },
  ...{ bufferNominalMs: 41, bufferMaxMs: 80, bufferAbsoluteMaxMs: 300 },
};

function statistics(
  stream: number,
  nowMs: number,
  more: Partial<StreamStatistics> = {},
  told?: VoipMetrics,
): StreamStatistics {
  const quality: CallQuality = {
    ...{ startEpochMs: 1_700_000_000_000, nowEpochMs: 1_700_000_000_000 + nowMs },
    local: { address: "10.0.0.1", port: 11_780, ssrc: 0x1a3b5c7d },
    remote: { address: "10.0.0.9", port: 4000, ssrc: 0xabcdef },
    received: { codec: "pcmu", payloadType: 0, packetMs: 20 },
    sent: { codec: "pcma", payloadType: 8, packetMs: 20 },
    ...{ silenceSuppression: false, heard, told, expected: 3000, lost: 37, discarded: 15 },
    ...{ jitterMs: 2.6, meanJitterMs: 3.1, oneWayMs: 107, ratingCq: 86, worstMosLq: 3.9 },
  };
  return {
    ...{ stream, codec: "pcma", remote: "10.0.0.9:4000", direction: "sendrecv", packetsSent: 3000 },
    ...{ packetsReceived: 2963, bytesSent: 1, bytesReceived: 1, lost: 37, lossPercent: 1.2, jitterMs: 2.6 },
    ...{ bufferDelayMs: 45, bufferTargetMs: 41, late: 15, duplicates: 0, rejected: 0, concealedFrames: 60 },
    ...{ roundTripMs: 84, remoteLossPercent: 0, remoteJitterMs: 1, mos: 4.3, levelInDbov: -30, levelOutDbov: -30 },
    quality,
    ...more,
  };
}

const collects = {
  "account.1.vq_rtcpxr.collector_name": "quality",
  "account.1.vq_rtcpxr.collector_server_host": collectorAddress,
  "phone_setting.vq_rtcpxr.session_report.enable": 1,
};

interface Office {
  readonly rig: PhoneRig;
  readonly desk: Desk;
  readonly published: SipRequest[];
  readonly reports: () => string[];
  /** Talks to 600 and returns the number of the stream. */
  readonly talk: () => Promise<number>;
}

async function office(settings: Readonly<Record<string, string | number>> = {}, status = 200): Promise<Office> {
  const rig = new PhoneRig(7);
  const server = await rig.server();
  server.numbers.set("600", answers);
  const published: SipRequest[] = [];
  const collector = await rig.phone(collectorAddress, "collector", { allow: ["PUBLISH"] });
  collector.userAgent.onRequest.on((incoming) => {
    if (incoming.request.method !== "PUBLISH") return;
    published.push(incoming.request);
    incoming.respond(status, status === 200 ? "OK" : "Bad Event");
  });
  const desk = await rig.desk("10.0.0.1", account("100", { ...collects, ...settings }));
  return {
    ...{ rig, desk, published },
    reports: () => published.map(({ body }) => new TextDecoder().decode(body)),
    talk: async () => {
      desk.phone.dial("600");
      await rig.run(1000);
      expect(desk.calls).toEqual(["*out talking"]);
      return [...desk.media.streams.keys()][0] ?? 0;
    },
  };
}

async function end({ desk, rig }: Office, stream: number, told?: VoipMetrics): Promise<void> {
  desk.phone.hangUp();
  await rig.run(500);
  desk.phone.quality.told({ type: "quality", stream, final: true, statistics: statistics(stream, 60_000, {}, told) });
  await rig.run(2000);
}

describe("reports of call quality", () => {
  test("VQM-02: at the end of a call its quality goes to the account's collector, as RFC 6035 writes it", async () => {
    const at = await office();
    await end(at, await at.talk(), { ...heard, mosLq: 3.9, endSystemMs: 90 });
    expect(at.published).toHaveLength(1);
    const [request] = at.published;
    expect(request?.uri).toBe(`sip:quality@${collectorAddress}:5060`);
    expect(request?.header("Event")).toBe("vq-rtcpxr");
    expect(request?.header("Content-Type")).toBe("application/vq-rtcpxr");
    expect(request?.from.parsedUri?.user).toBe("100");
    const [body = ""] = at.reports();
    expect(vqFault(body)).toBeUndefined();
    expect(body.split("\r\n")).toEqual([
      "VQSessionReport: CallTerm",
      expect.stringMatching(/^CallID: \S+$/),
      'LocalID: "User 100" <sip:100@10.0.0.9>',
      "RemoteID: <sip:600@10.0.0.9>",
      'OrigID: "User 100" <sip:100@10.0.0.9>',
      "LocalAddr: IP=10.0.0.1 PORT=11780 SSRC=0x1a3b5c7d",
      "RemoteAddr: IP=10.0.0.9 PORT=4000 SSRC=0xabcdef",
      "LocalGroup: 10.0.0.1",
      "RemoteGroup: 10.0.0.9",
      "LocalMAC: 00:00:00:00:00:00",
      "LocalMetrics:",
      "Timestamps: START=2023-11-14T22:13:20Z STOP=2023-11-14T22:14:20Z",
      "SessionDesc: PT=0 PD=PCMU SR=8000 FD=20 FPP=1 PPS=50 PLC=2 SSUP=off",
      "JitterBuffer: JBA=3 JBR=5 JBN=41 JBM=80 JBX=300",
      "PacketLoss: NLR=1.3 JDR=0.5",
      "BurstGapLoss: BLD=40.0 BD=120 GLD=0.4 GD=9000 GMIN=16",
      "Delay: RTD=84 ESD=65 SOWD=107 IAJ=3 MAJ=3",
      "Signal: SL=-21",
      "QualityEst: RLQ=89 RCQ=86 MOSLQ=4.3 MOSCQ=4.2 QoEEstAlg=G.107",
      "RemoteMetrics:",
      "Timestamps: START=2023-11-14T22:13:20Z STOP=2023-11-14T22:14:20Z",
      "SessionDesc: PT=8 PD=PCMA SR=8000 FD=20 FPP=1 PPS=50 PLC=2 SSUP=off",
      "JitterBuffer: JBA=3 JBR=5 JBN=41 JBM=80 JBX=300",
      "PacketLoss: NLR=1.3 JDR=0.5",
      "BurstGapLoss: BLD=40.0 BD=120 GLD=0.4 GD=9000 GMIN=16",
      "Delay: RTD=84 ESD=90",
      "Signal: SL=-21",
      "QualityEst: RLQ=89 MOSLQ=3.9 MOSCQ=4.2",
      expect.stringMatching(/^DialogID: \S+;to-tag=\S+;from-tag=\S+$/),
      "",
    ]);
  });

  test("VQM-02: nothing is sent where reports are off, and a collector without address is named once", async () => {
    const off = await office({ "phone_setting.vq_rtcpxr.session_report.enable": 0 });
    await end(off, await off.talk());
    expect(off.published).toEqual([]);
    const nowhere = await office({ "account.1.vq_rtcpxr.collector_server_host": "" });
    for (let i = 0; i < 2; i++) await end(nowhere, await nowhere.talk());
    expect(nowhere.published).toEqual([]);
    expect(nowhere.desk.log.filter((line) => line.includes("collector_server_host names no collector"))).toHaveLength(
      1,
    );
  });

  test("VQM-02: a collector that refuses, or is not there, is named with call and status", async () => {
    const refused = await office({}, 489);
    await end(refused, await refused.talk());
    expect(refused.desk.log).toContain(
      `warn: call 1: the session report of its quality was refused by sip:quality@${collectorAddress}:5060: 489 Bad Event`,
    );
    const absent = await office({ "account.1.vq_rtcpxr.collector_server_host": "10.0.0.250" });
    await end(absent, await absent.talk());
    await absent.rig.run(40_000);
    expect(absent.desk.log.some((line) => line.includes("report of its quality did not reach"))).toBe(true);
  });

  test("VQM-03: during a call a report goes out every so many seconds", async () => {
    const at = await office({
      "phone_setting.vq_rtcpxr.interval_report.enable": 1,
      "phone_setting.vq_rtcpxr_interval_period": 5,
      "phone_setting.vq_rtcpxr.session_report.enable": 0,
    });
    const stream = await at.talk();
    for (let second = 1; second <= 21; second++) {
      await at.rig.run(1000);
      const told = statistics(stream, 1000 * second);
      at.desk.phone.quality.told({ type: "quality", stream, final: false, statistics: told });
    }
    await end(at, stream);
    expect(at.reports().map((body) => body.split("\r\n")[0])).toEqual(
      Array.from({ length: 4 }, () => "VQIntervalReport"),
    );
    for (const body of at.reports()) expect(vqFault(body)).toBeUndefined();
  });

  test("VQM-03: after a pause without figures one report is due, not all that were missed", async () => {
    const at = await office({
      "phone_setting.vq_rtcpxr.interval_report.enable": 1,
      "phone_setting.vq_rtcpxr_interval_period": 5,
      "phone_setting.vq_rtcpxr.session_report.enable": 0,
    });
    const stream = await at.talk();
    await at.rig.run(33_000);
    for (let second = 33; second <= 36; second++) {
      const told = statistics(stream, 1000 * second);
      at.desk.phone.quality.told({ type: "quality", stream, final: false, statistics: told });
      await at.rig.run(1000);
    }
    await end(at, stream);
    // The one that was overdue, and the one of the 35th second.
    expect(at.reports().length).toBe(2);
  });

  test("VQM-04: an alert goes out once as quality or delay passes a limit, and again after it was better", async () => {
    const at = await office({
      "phone_setting.vq_rtcpxr.session_report.enable": 0,
      "phone_setting.vq_rtcpxr_moslq_threshold_warning": 35,
      "phone_setting.vq_rtcpxr_moslq_threshold_critical": 25,
      "phone_setting.vq_rtcpxr_delay_threshold_critical": 200,
    });
    const stream = await at.talk();
    const tell = async (mos: number, oneWayMs: number) => {
      await at.rig.run(1000);
      const now = statistics(stream, 1000, { mos });
      const quality = now.quality === undefined ? undefined : { ...now.quality, oneWayMs };
      at.desk.phone.quality.told({ type: "quality", stream, final: false, statistics: { ...now, quality } });
      await at.rig.run(100);
    };
    for (const mos of [4.2, 3.5, 3.4, 3.6, 3.4, 2.4, 4.2, 3.4]) await tell(mos, 100);
    for (const delay of [199, 200, 190, 250, 100, 300]) await tell(4.2, delay);
    expect(at.reports().map((body) => /^VQAlertReport: (.*)/.exec(body)?.[1])).toEqual([
      "Type=MOSLQ Severity=Warning Dir=local",
      "Type=MOSLQ Severity=Critical Dir=local",
      "Type=MOSLQ Severity=Warning Dir=local",
      "Type=OWD Severity=Critical Dir=local",
      "Type=OWD Severity=Critical Dir=local",
    ]);
    for (const body of at.reports()) expect(vqFault(body)).toBeUndefined();
  });

  test("VQM-05: the log has one line of a call's sound at its end", async () => {
    const at = await office({ "phone_setting.vq_rtcpxr.session_report.enable": 0 });
    await end(at, await at.talk());
    expect(at.desk.log.filter((line) => line.includes(": sound: "))).toEqual([
      "info: call 1: sound: PCMU; 2963 packets heard, 37 lost (1.2 %), 15 late; jitter 3 ms, buffer 45 ms; round trip 84 ms; concealed 0.6 s; MOS 4.3 heard, 4.2 talked, 3.9 at worst; 3000 packets sent",
    ]);
  });

  test("VQM-05, VQM-06: the status page has the call's figures where it is switched on, without those that are switched off", async () => {
    const at = await office({
      "phone_setting.vq_rtcpxr.states_show_on_gui.enable": 1,
      "phone_setting.vq_rtcpxr_display_moscq.enable": 0,
      "phone_setting.vq_rtcpxr_display_jitter.enable": 1,
    });
    const stream = await at.talk();
    at.desk.phone.quality.told({ type: "quality", stream, final: false, statistics: statistics(stream, 1000) });
    expect(at.desk.phone.quality.rows[0]).toEqual(["RTP status", "Now"]);
    await end(at, stream);
    expect(at.desk.phone.quality.rows).toEqual([
      ["RTP status", "Last call"],
      ["Start time", "22:13:20 UTC"],
      ["Stop time", "22:14:20 UTC"],
      ["Local call ID", "100@10.0.0.9"],
      ["Remote call ID", "600@10.0.0.9"],
      ["Local codec", "PCMA"],
      ["Remote codec", "PCMU"],
      ["Jitter", "3 ms"],
      ["Jitter buffer max", "80 ms"],
      ["Packets lost", "37"],
      ["One-way delay", "107 ms"],
      ["Round trip", "84 ms"],
      ["MOS-LQ", "4.3"],
    ]);
    at.desk.provision({ ...account("100"), "phone_setting.vq_rtcpxr.states_show_on_gui.enable": 0 });
    expect(at.desk.phone.quality.rows).toEqual([]);
  });

  test("RFC 6035 §4.6.1: names from the far end cannot begin lines of their own", async () => {
    const at = await office();
    const quality = statistics(1, 1000).quality;
    if (quality === undefined) throw new Error("no figures");
    const evil = { displayName: 'E"v\\il\r\nLocalMetrics:', uri: "sip:x@10.0.0.9" };
    const body = reportText(
      { type: "session" },
      {
        ...{
          callId: "a b\r\nc@d",
          local: evil,
          remote: evil,
          direction: "in",
          mac: "00:1f:5b:cc:21:0f",
          dialog: undefined,
        },
        quality: {
          ...quality,
          heard: undefined,
          received: undefined,
          remote: { address: "2001:db8::1", port: 9, ssrc: undefined },
        },
      },
    );
    expect(vqFault(body)).toBeUndefined();
    expect(body.match(/LocalMetrics:\r\n/g)).toHaveLength(1);
    expect(at.published).toEqual([]);
  });
});

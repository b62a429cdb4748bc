/** SRTP in streams: phones on a simulated network, what a listener on the wire has of it, changes of keys, a worker that dies. */
import { describe, expect, test } from "vitest";
import { silentLog } from "../../../src/base/log.ts";
import { MediaClient } from "../../../src/media/client.ts";
import type { WorkerPort } from "../../../src/media/client-port.ts";
import type { FromWorker, SrtpSuite, StreamSecurity, ToWorker } from "../../../src/media/protocol.ts";
import { MediaService } from "../../../src/media/service.ts";
import { SrtpSession } from "../../../src/srtp/session.ts";
import { factsOf, suites } from "../../../src/srtp/suite.ts";
import { rtpPacket, sealed, securityOf } from "../srtp/packets.ts";
import { MediaLab, settings, TestPhone } from "./phones.ts";
import { amplitudeAt, sine } from "./sound.ts";

const range = { portMin: 11_780, portMax: 11_800 };

/** @param believed the key that the other one takes for the first one's */
async function pair(suite: SrtpSuite, believed = 1) {
  const lab = new MediaLab();
  const [one, other] = [await lab.phone(), await lab.phone()];
  const onePort = await one.engine.openStream(1, { address: one.address, ...range });
  const otherPort = await other.engine.openStream(1, { address: other.address, ...range });
  const configure = (ours: StreamSecurity | undefined, theirs: StreamSecurity | undefined): void => {
    one.engine.configureStream(1, { ...settings(other.address, otherPort), security: ours });
    other.engine.configureStream(1, { ...settings(one.address, onePort), security: theirs });
  };
  configure(securityOf(suite, 1, 2), securityOf(suite, 2, believed));
  for (const phone of [one, other]) phone.engine.setFocus([1]);
  one.audio.setMicrophone(sine(700, 1), true);
  return { lab, one, other, onePort, otherPort, configure };
}

const hears = (phone: TestPhone): number => amplitudeAt(phone.audio.heard(0.5), 700);

describe("an encrypted stream", () => {
  test.each(suites.map((s) => s.suite))(
    "SEC-05: %s: heard at the other end, RTCP included; neither is on the wire in the clear",
    async (suite) => {
      const { lab, one, other } = await pair(suite);
      await lab.run(12_000);
      expect(hears(other)).toBeCloseTo(0.25, 1);
      const figures = other.stream(1);
      expect(figures.srtp).toEqual({ suite, unauthenticated: 0, replayed: 0 });
      expect(figures.rejected).toBe(0);
      expect(one.stream(1).roundTripMs).toBeDefined();
      for (const { bytes } of lab.wire.log) {
        expect(Buffer.from(bytes).includes("offhook"), "a CNAME").toBe(false);
        if ((bytes[1] ?? 0) < 128)
          expect(bytes.length, "an RTP packet with its tag").toBe(172 + factsOf(suite).rtpTagBytes);
      }
    },
  );

  test("SEC-05: by other keys nothing is heard, and each packet is counted", async () => {
    const { lab, other } = await pair("AES_CM_128_HMAC_SHA1_80", 3);
    await lab.run(1000);
    expect(hears(other)).toBeLessThan(0.001);
    expect(other.stream(1).srtp?.unauthenticated).toBeGreaterThan(40);
    expect(other.stream(1).packetsReceived).toBe(0);
  });

  test("SEC-05: packets in the clear are not taken, from the very address of the peer", async () => {
    const { lab, one, other, configure } = await pair("AES_CM_128_HMAC_SHA1_80");
    configure(undefined, securityOf("AES_CM_128_HMAC_SHA1_80", 2, 1));
    await lab.run(1000);
    expect(hears(other)).toBeLessThan(0.001);
    expect(one.stream(1).srtp).toBeUndefined();
    expect(other.stream(1).srtp?.unauthenticated).toBeGreaterThan(40);
  });

  test("SEC-05: keys renewed, another suite, and encryption begun or ended in mid-call are not heard", async () => {
    const { lab, other, configure } = await pair("AES_CM_128_HMAC_SHA1_80");
    await lab.run(1000);
    const gcm = "AEAD_AES_256_GCM";
    for (const [ours, theirs] of [
      [securityOf("AES_CM_128_HMAC_SHA1_80", 11, 12), securityOf("AES_CM_128_HMAC_SHA1_80", 12, 11)],
      [securityOf(gcm, 21, 22), securityOf(gcm, 22, 21)],
      [undefined, undefined],
      [securityOf(gcm, 21, 22), securityOf(gcm, 22, 21)],
    ] as const) {
      configure(ours, theirs);
      await lab.run(2000);
      expect(hears(other)).toBeCloseTo(0.25, 1);
    }
    // What was under way when encryption ended or began is all that may be lost.
    expect(other.stream(1).lost).toBeLessThan(4);
  });

  test("SEC-05: settings with a key that does not fit its suite are refused, without the key in the reason", async () => {
    const { one, other, otherPort } = await pair("AES_CM_128_HMAC_SHA1_80");
    const security = { ...securityOf("AES_CM_128_HMAC_SHA1_80", 1, 2), suite: "AEAD_AES_256_GCM" } as const;
    expect(() => one.engine.configureStream(1, { ...settings(other.address, otherPort), security })).toThrow(
      /^media stream 1: a key of 30 bytes, where AEAD_AES_256_GCM has 44$/,
    );
  });

  test("SEC-05: a key that nears its end is told, once", async () => {
    const { lab, one, configure } = await pair("AES_CM_128_HMAC_SHA1_80");
    const ours = securityOf("AES_CM_128_HMAC_SHA1_80", 31, 2);
    configure({ ...ours, send: { ...ours.send, lifetimePackets: 1600 } }, securityOf("AES_CM_128_HMAC_SHA1_80", 2, 31));
    await lab.run(31_000);
    expect(one.events.filter((e) => e.type === "key-ending")).toEqual([
      { type: "key-ending", stream: 1, whose: "ours" },
    ]);
  });
});

describe("the other side of a wrap", () => {
  /** A far end whose sequence numbers have wrapped, in a call with a phone behind a media client. */
  async function wrapped() {
    const lab = new MediaLab();
    const workers: { phone: TestPhone; port: WorkerPort }[] = [];
    const client = await MediaClient.open({
      clock: lab.clock,
      log: silentLog,
      errors: (error) => {
        throw error;
      },
      startWorker: () => {
        const phone = new TestPhone(lab, "127.47.0.50", workers.length + 1);
        const port: WorkerPort = {
          onMessage: undefined,
          onExit: undefined,
          post: (message: ToWorker) => void service.take(structuredClone(message)),
          terminate: () => phone.engine.close(),
        };
        const service = new MediaService({
          engine: phone.engine,
          device: phone.audio,
          post: (message: FromWorker) => port.onMessage?.(message),
          closed: () => undefined,
        });
        void phone.audio.open().then(() => port.onMessage?.({ ready: true, rateHz: 16_000 }));
        workers.push({ phone, port });
        return port;
      },
    });
    const suite = "AES_CM_128_HMAC_SHA1_80";
    const socket = await lab.wire.bind({ address: "127.47.0.9", port: 20_000 });
    const far = new SrtpSession(securityOf(suite, 2, 1), { rollover: () => undefined, ending: () => undefined });
    const port = await client.openStream(1, { address: "127.47.0.50", ...range });
    const ours = { ...settings("127.47.0.9", 20_000), security: securityOf(suite, 1, 2) };
    await client.configureStream(1, ours);
    let sequence = 65_500;
    const speak = async (packets: number): Promise<void> => {
      for (let i = 0; i < packets; i++) {
        const bytes = sealed(far, rtpPacket(sequence++));
        socket.send(bytes, bytes.length, "127.47.0.50", port);
        await lab.clock.advanceAsync(20);
      }
    };
    const received = async () => (await client.statistics()).streams[0];
    return { lab, client, workers, speak, received, ours };
  }

  test("SEC-05: a worker that dies after it is followed by one that takes the far end's packets", async () => {
    const { lab, workers, speak, received, client, ours } = await wrapped();
    await speak(100);
    expect((await received())?.packetsReceived).toBe(100);
    // A negotiation in between does not make it forget.
    await client.configureStream(1, { ...ours, direction: "recvonly" });
    const [first] = workers;
    await first?.phone.engine.close();
    first?.port.onExit?.("a bug");
    await lab.clock.advanceAsync(2000);
    expect(workers.length).toBe(2);
    await speak(50);
    expect(await received()).toMatchObject({ packetsReceived: 50, srtp: { unauthenticated: 0, replayed: 0 } });
  });

  test("SEC-05: our own new worker never uses a key stream twice: its source is another one", async () => {
    const { lab, workers, speak } = await wrapped();
    await speak(10);
    const [first] = workers;
    await first?.phone.engine.close();
    first?.port.onExit?.("a bug");
    await lab.clock.advanceAsync(2000);
    await speak(10);
    const sources = new Set(
      lab.wire.log
        .filter(({ from, bytes }) => from.address === "127.47.0.50" && (bytes[1] ?? 0) < 128)
        .map(({ bytes }) => Buffer.from(bytes).readUInt32BE(8)),
    );
    expect(sources.size).toBe(2);
  });
});

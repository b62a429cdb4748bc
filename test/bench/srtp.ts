/** What encryption costs: microseconds a packet of each suite, and the processor of a call with it beside one without, taking turns. */
import { systemClock } from "../../hal/driver/os/clock.ts";
import { SimAudio } from "../../hal/driver/sim/audio.ts";
import { Engine } from "../../src/media/engine.ts";
import type { SrtpSuite, StreamSecurity } from "../../src/media/protocol.ts";
import { bindMediaSocket } from "../../src/net/media-socket.ts";
import { SrtpSession } from "../../src/srtp/session.ts";
import { factsOf, suites } from "../../src/srtp/suite.ts";
import type { Effort, Row } from "./row.ts";

const payloadBytes = 160;
const headerBytes = 12;
/** Calls at a time, so that a round of a few seconds says something. */
const callsAtATime = 4;
const portMin = 12_780;
const portMax = 12_900;

function keyOf(suite: SrtpSuite, fill: number) {
  const { keyBytes, saltBytes } = factsOf(suite);
  return { keySalt: new Uint8Array(keyBytes + saltBytes).fill(fill), lifetimePackets: undefined, mki: undefined };
}

function securityOf(suite: SrtpSuite, ours: number, theirs: number): StreamSecurity {
  return { suite, send: keyOf(suite, ours), receive: [keyOf(suite, theirs)], plainRtcp: false, windowPackets: 64 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Processor time of this process so far, us: on a busy machine the clock on the wall says little. */
function processorUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Microseconds of processor to protect and to open one packet of 20 ms of G.711, median of rounds. */
function packetCost(suite: SrtpSuite, packets: number): { readonly seal: number; readonly open: number } {
  const events = { rollover: () => undefined, ending: () => undefined };
  const near = new SrtpSession(securityOf(suite, 1, 2), events);
  const far = new SrtpSession(securityOf(suite, 2, 1), events);
  const ring = Array.from({ length: packets }, () => new Uint8Array(headerBytes + payloadBytes + 200));
  const sizes = new Uint32Array(packets);
  const rounds: { seal: number; open: number }[] = [];
  for (let round = 0; round < 7; round++) {
    ring.forEach((bytes, i) => {
      const view = new DataView(bytes.buffer);
      view.setUint16(0, 0x8000);
      view.setUint16(2, (round * packets + i) & 0xffff);
      view.setUint32(8, 77);
    });
    const started = processorUs();
    for (let i = 0; i < packets; i++)
      sizes[i] = near.protectRtp(ring[i] ?? new Uint8Array(), headerBytes + payloadBytes);
    const between = processorUs();
    let opened = 0;
    for (let i = 0; i < packets; i++)
      if (far.unprotectRtp((ring[i] ?? new Uint8Array()).subarray(0, sizes[i]), 0) !== undefined) opened++;
    const ended = processorUs();
    if (opened !== packets) throw new Error(`${suite}: ${opened} of ${packets} packets were opened`);
    rounds.push({ seal: (between - started) / packets, open: (ended - between) / packets });
  }
  return { seal: median(rounds.map((r) => r.seal)), open: median(rounds.map((r) => r.open)) };
}

interface Pair {
  readonly engines: readonly Engine[];
  secure(suite: SrtpSuite | undefined): void;
}

async function openPair(number: number): Promise<Pair> {
  const addresses = [`127.47.7.${2 * number + 1}`, `127.47.7.${2 * number + 2}`];
  const sides = await Promise.all(
    addresses.map(async (address) => {
      const audio = new SimAudio(systemClock);
      const engine = new Engine({
        clock: systemClock,
        random: Math.random,
        bind: bindMediaSocket,
        device: audio,
        emit: () => undefined,
        loopDelayMs: () => ({ median: 0, worst: 0 }),
      });
      const port = await engine.openStream(1, { address, portMin, portMax });
      engine.setFocus([1]);
      engine.setPath("handset");
      await audio.open();
      return { engine, address, port };
    }),
  );
  const [one, other] = sides;
  if (one === undefined || other === undefined) throw new Error("no two sides");
  const configure = (from: typeof one, to: typeof one, security: StreamSecurity | undefined): void =>
    from.engine.configureStream(1, {
      remote: { address: to.address, port: to.port, rtcpPort: to.port + 1 },
      direction: "sendrecv",
      codec: "pcmu",
      payloadType: 0,
      ptimeMs: 20,
      receive: [{ payloadType: 0, codec: "pcmu" }],
      dtmf: undefined,
      security,
    });
  return {
    engines: [one.engine, other.engine],
    secure: (suite) => {
      configure(one, other, suite === undefined ? undefined : securityOf(suite, 1, 2));
      configure(other, one, suite === undefined ? undefined : securityOf(suite, 2, 1));
    },
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Processor of one call's end, percent of a core, by turns without and with each suite. */
async function callCosts(
  list: readonly SrtpSuite[],
  effort: Effort,
): Promise<ReadonlyMap<SrtpSuite | undefined, number>> {
  const pairs: Pair[] = [];
  for (let i = 0; i < callsAtATime; i++) pairs.push(await openPair(i));
  const measured = new Map<SrtpSuite | undefined, number[]>();
  const turns = effort.quick ? 1 : 5;
  for (let turn = 0; turn <= turns; turn++)
    for (const suite of [undefined, ...list]) {
      for (const pair of pairs) pair.secure(suite);
      await wait(500);
      const before = process.cpuUsage();
      const started = performance.now();
      await wait(effort.quick ? 2000 : 4000);
      const used = process.cpuUsage(before);
      const percent = (used.user + used.system) / 10 / (performance.now() - started) / (2 * callsAtATime);
      // The first turn warms up.
      if (turn > 0) measured.set(suite, [...(measured.get(suite) ?? []), percent]);
    }
  await Promise.all(pairs.flatMap((pair) => pair.engines.map((engine) => engine.close())));
  return new Map([...measured].map(([suite, values]) => [suite, median(values)]));
}

export async function run(effort: Effort): Promise<Row[]> {
  const rows: Row[] = suites.map(({ suite }) => {
    const { seal, open } = packetCost(suite, effort.quick ? 2000 : 4000);
    return {
      what: `SRTP of a packet of 20 ms PCMU, ${suite}: to seal`,
      ours: seal,
      unit: "us",
      peers: { "to open": open },
    };
  });
  const common = ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"] as const;
  const costs = await callCosts(common, effort);
  const plain = costs.get(undefined) ?? Number.NaN;
  for (const suite of common) {
    const encrypted = costs.get(suite) ?? Number.NaN;
    rows.push({
      what: `processor of a PCMU call, ${suite}; beside it without encryption`,
      ours: encrypted,
      unit: "% of a core",
      peers: { RTP: plain },
      goal: plain * 1.15,
    });
  }
  return rows;
}

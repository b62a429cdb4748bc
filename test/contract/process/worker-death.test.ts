/** A media worker that dies of a bug in the middle of a call: the call's signalling survives, its sound comes back. */
import { writeFileSync } from "node:fs";
import { BroadcastChannel } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { CallLog } from "../../../src/directory/call-log.ts";
import { MediaClient } from "../../../src/media/client.ts";
import { systemNetwork, systemRandom } from "../../../src/net/network.ts";
import { Phone } from "../../../src/phone/phone.ts";
import { Locator } from "../../../src/sip/location.ts";
import { TransactionLayer } from "../../../src/sip/transactions.ts";
import { TransportLayer } from "../../../src/sip/transport.ts";
import { UserAgent } from "../../../src/sip/user-agent.ts";
import { connectMedia, followTuning } from "../../../src/thread/links.ts";
import { startMediaWorker } from "../../../src/thread/start-media-worker.ts";
import { eventually } from "../../interop/kit/process.ts";
import { amplitudeAt, sine } from "../../unit/media/sound.ts";
import { bundleWorker, type WorkerBundle } from "../media/worker.ts";

const channel = `crash-${process.pid}`;

interface Whole {
  readonly phone: Phone;
  readonly media: MediaClient;
  readonly notices: string[];
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** The parts as the composition root joins them, without LCD and pages. */
async function openPhone(address: string, entry: URL): Promise<Whole> {
  const errors: unknown[] = [];
  const told = (error: unknown) => void errors.push(error);
  const model = modelById("t46g");
  const config = new Configuration({ model, onError: told });
  config.set("mac", [
    { name: "features.direct_ip_call_enable", value: "1" },
    { name: "account.1.sip_trust_ctrl", value: "0" },
  ]);
  const base = { network: systemNetwork, clock: systemClock, log: silentLog, random: systemRandom };
  const transport = new TransportLayer(base);
  await transport.listen({ transport: "udp", address, port: 5060 });
  const transactions = new TransactionLayer({ ...base, transport });
  const locator = new Locator({ resolver: { addresses: async () => [] } });
  const userAgent = new UserAgent(
    { ...base, transport, transactions, locator, errors: told },
    { userAgent: "Offhook test" },
  );
  const media = await MediaClient.open({
    clock: systemClock,
    log: silentLog,
    errors: told,
    startWorker: () => startMediaWorker({ board: "sim", choice: {}, model: model.id }, entry),
  });
  await followTuning(config, media, "test", silentLog);
  const phone = new Phone({
    clock: systemClock,
    log: silentLog,
    media,
    settings: config,
    callLog: new CallLog({ load: () => undefined, save: () => {} }, silentLog),
    userAgent,
    locator,
    address,
    name: "test",
    count: model.accounts,
    keep: () => {},
    errors: told,
  });
  const notices: string[] = [];
  phone.onChange(() => notices.push(...phone.view.notices));
  connectMedia(media, phone, silentLog);
  phone.open();
  return {
    phone,
    media,
    notices,
    errors,
    async close() {
      await phone.close();
      await media.close();
      await userAgent.close();
      await transport.close();
    },
  };
}

describe("a media worker that dies in a call", () => {
  let bundle: WorkerBundle;
  let fragile: URL;
  let alice: Whole;
  let bob: Whole;

  beforeAll(async () => {
    bundle = await bundleWorker();
    // The real worker beside something that throws on a word.
    fragile = new URL("fragile.mjs", bundle.entry);
    writeFileSync(
      fragile,
      `import { BroadcastChannel } from "node:worker_threads";
const channel = new BroadcastChannel(${JSON.stringify(channel)});
channel.onmessage = () => { throw new Error("a bug that a test put here"); };
channel.unref();
await import(${JSON.stringify(bundle.entry.href)});
`,
    );
    alice = await openPhone("127.42.3.1", fragile);
    bob = await openPhone("127.42.3.2", bundle.entry);
  });
  afterAll(async () => {
    await Promise.all([alice.close(), bob.close()]);
    bundle.remove();
  });

  const phase = (whole: Whole) => whole.phone.view.calls[0]?.phase.name;

  it("design: the call goes on, the person is told, and both hear each other again", async () => {
    alice.phone.dial("sip:bob@127.42.3.2");
    await eventually("ringing", () => phase(bob) === "incoming" || undefined);
    bob.phone.answer();
    await eventually("talking", () => (phase(alice) === "talking" && phase(bob) === "talking") || undefined);
    await alice.media.personSay(sine(700, 2), 16_000);
    const heard = async (whole: Whole, hz: number) => amplitudeAt((await whole.media.personHeard(0.5)).samples, hz);
    await eventually("sound before", async () => (await heard(bob, 700)) > 0.2 || undefined);

    const died: string[] = [];
    const restored: unknown[] = [];
    alice.media.onDied.on(({ why }) => died.push(why));
    alice.media.onRestored.on((what) => restored.push(what));
    const crash = new BroadcastChannel(channel);
    crash.postMessage("now");
    await eventually("death", () => died.length === 1 || undefined);
    crash.close();
    expect(died[0]).toContain("a bug that a test put here");
    expect([phase(alice), phase(bob)]).toEqual(["talking", "talking"]);
    await eventually("a new worker", () => restored.length === 1 || undefined);
    expect(restored).toEqual([{ lost: [] }]);
    expect(alice.notices).toContain("Sound failed, restarting");
    await eventually("the notice goes", () => alice.phone.view.notices.length === 0 || undefined);

    await alice.media.personSay(sine(900, 4), 16_000);
    await bob.media.personSay(sine(1100, 4), 16_000);
    await eventually("Bob hears Alice again", async () => (await heard(bob, 900)) > 0.2 || undefined);
    await eventually("Alice hears Bob again", async () => (await heard(alice, 1100)) > 0.2 || undefined);
    alice.phone.hangUp();
    await eventually("the end", () => phase(bob) === "ended" || undefined);
    expect([...alice.errors, ...bob.errors]).toEqual([]);
  });
});

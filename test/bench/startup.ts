/**
 * How long a person waits: from the start of the process with the parameters of 24 accounts to the ready line and to
 * the registration of the last account, and from a key press to the changed LCD in a call, as a viewer of the panel
 * sees it.
 */
import { WebSocket } from "ws";
import { DemoPbx } from "../lab/demo-pbx.ts";
import { account, answersAll, BenchPhone } from "./phone.ts";
import { median, pause, percentile, withFolder } from "./program.ts";
import type { Effort, Row } from "./row.ts";

const pbxAddress = "127.43.6.1";
const pbxPort = 5060;
const accounts = 24;
/** What the model that wears them has: the others are parameters without effect. */
const maxAccounts = 16;
const password = "bench";
/** First byte of a picture frame of `/panel/live`. */
const pictureKind = 1;

function user(index: number): string {
  return String(1000 + index);
}

/** What a provisioned phone has for each account: the account itself and some thirty parameters around it. */
function manyAccounts(): Record<string, string | number> {
  const config: Record<string, string | number> = {};
  for (let n = 1; n <= accounts; n++) {
    Object.assign(config, account(n, pbxAddress, pbxPort, user(n), password), {
      [`account.${n}.sip_server.1.expires`]: 600,
      [`account.${n}.sip_server.1.retry_counts`]: 3,
      [`account.${n}.dtmf.type`]: 1,
      [`account.${n}.dtmf.dtmf_payload`]: 101,
      [`account.${n}.ptime`]: 20,
      [`account.${n}.session_timer.enable`]: 0,
      [`account.${n}.subscribe_mwi`]: 0,
      [`account.${n}.missed_calllog`]: 1,
      [`account.${n}.auto_answer`]: 0,
      [`account.${n}.ringtone.ring_type`]: "common",
      [`linekey.${n}.type`]: 15,
      [`linekey.${n}.line`]: n,
      [`linekey.${n}.label`]: `Line ${n}`,
    });
    for (let codec = 1; codec <= 6; codec++) {
      config[`account.${n}.codec.${codec}.enable`] = codec <= 3 ? 1 : 0;
      config[`account.${n}.codec.${codec}.priority`] = codec;
    }
  }
  return config;
}

async function startRows(folder: string, rounds: number): Promise<Row[]> {
  const ready: number[] = [];
  const registered: number[] = [];
  const config = manyAccounts();
  const users = Object.fromEntries(Array.from({ length: accounts }, (_, i) => [user(i + 1), password]));
  for (let round = 0; round < rounds; round++) {
    // A new registrar each time, which does not know the phone yet.
    const pbx = new DemoPbx({ address: pbxAddress, port: pbxPort, users });
    await pbx.open();
    const phone = new BenchPhone({ folder, address: "127.43.6.2", config, args: ["--model", "t48g"] });
    const begun = performance.now();
    const everybody = async () => {
      for (let n = 1; n <= maxAccounts; n++)
        while (pbx.contacts(user(n)).length === 0 && performance.now() - begun < 15_000) await pause(2);
      registered.push(performance.now() - begun);
    };
    await Promise.all([
      phone.program.until('"event":"ready"').then(() => ready.push(performance.now() - begun)),
      everybody(),
    ]);
    await phone.program.stop();
    await pbx.close();
  }
  const what = `process start, ${Object.keys(config).length} parameters of ${accounts} accounts`;
  return [
    { what: `${what}: to ready`, ours: median(ready), unit: "ms", peers: {}, goal: 1500 },
    { what: `${what}: to the last registration`, ours: median(registered), unit: "ms", peers: {}, goal: 1500 },
  ];
}

/** Resolves when a viewer has been sent the picture that belongs to a new volume; rejects after a second. */
function changedPicture(socket: WebSocket, volume: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(() => reject(new Error("a key changed nothing on the LCD within 1 s"))), 1000);
    let changed = false;
    const seen = (data: Buffer, binary: boolean) => {
      if (!binary) {
        // The clock of the call draws too: the picture that counts comes with the state that the key has changed.
        const message = JSON.parse(data.toString()) as { type: string; state?: { volume: number } };
        if (message.state !== undefined && message.state.volume !== volume) changed = true;
      } else if (changed && data[0] === pictureKind) end(() => resolve(performance.now()));
    };
    const end = (then: () => void) => {
      clearTimeout(timer);
      socket.off("message", seen);
      then();
    };
    socket.on("message", seen);
  });
}

async function keyRow(folder: string, presses: number): Promise<Row[]> {
  const [caller, callee] = await Promise.all(
    ["127.43.6.3", "127.43.6.4"].map((address) => BenchPhone.start({ folder, address, config: answersAll })),
  );
  if (caller === undefined || callee === undefined) return [];
  await caller.post("/panel/dial", { to: callee.uri });
  await caller.screen("talking");
  const socket = new WebSocket(`${caller.panel.replace("http", "ws")}/panel/live`);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  await pause(1000);
  const times: number[] = [];
  for (let press = 0; press < presses; press++) {
    // The volume bar goes up and down again; the pause lets what a press causes later go by.
    const key = press % 2 === 0 ? "volume_up" : "volume_down";
    const { volume } = (await caller.get("/panel/state")) as { volume: number };
    const picture = changedPicture(socket, volume);
    const begun = performance.now();
    socket.send(JSON.stringify({ type: "key", key, down: true }));
    times.push((await picture) - begun);
    socket.send(JSON.stringify({ type: "key", key, down: false }));
    await pause(45 + (press % 7));
  }
  socket.terminate();
  await Promise.all([caller, callee].map(({ program }) => program.stop()));
  const what = `key press to changed LCD in a call, ${presses} presses by the panel`;
  return [
    { what: `${what}: median`, ours: median(times), unit: "ms", peers: {} },
    { what: `${what}: p99`, ours: percentile(times, 0.99), unit: "ms", peers: {}, goal: 50 },
  ];
}

export function run({ quick }: Effort): Promise<Row[]> {
  return withFolder(async (folder) => [
    ...(await startRows(folder, quick ? 2 : 5)),
    ...(await keyRow(folder, quick ? 40 : 200)),
  ]);
}

/** Music on hold from a server on the wire (CAL-46, RFC 7088): baresip or a phone of ours is held, SIPp or baresip plays, no sound passes the phone. */
import { describe, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { toMono } from "../../hal/driver/wav.ts";
import { needs } from "../lab/needs.ts";
import { Baresip } from "./kit/baresip.ts";
import { openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms, eventually } from "./kit/process.ts";
import { sipp } from "./kit/sipp.ts";
import { findWords, level, speech, wavFile } from "./kit/sound.ts";

endAllPrograms();

const [heldAddress, phoneAddress, musicAddress] = ["127.54.1.1", "127.54.1.2", "127.54.1.3"];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Of whoever is held, and of the server; several times over, because baresip hangs up at the end of its file. */
const theirs = speech(["Front_Left", "Rear_Right"]);
const music = speech(["Front_Center", "Side_Right"]);

function narrow(samples: Int16Array, times: number): Int16Array {
  const once = convertRate(samples, 16_000, 8000);
  const all = new Int16Array(times * once.length);
  for (let n = 0; n < times; n++) all.set(once, n * once.length);
  return all;
}

const player = (address: string, samples: Int16Array) =>
  Baresip.start({ address, codec: "PCMA", answers: true, rateHz: 8000, says: narrow(samples, 12) });

const phoneWith = (type: 0 | 1) =>
  PhoneProcess.start({
    address: phoneAddress,
    panelPort: 7741,
    config: {
      ...openToAll,
      "account.1.music_server_uri": `sip:baresip@${musicAddress}`,
      "account.1.music_on_hold_type": type,
    },
  });

/** Any of the sentences: where in its file somebody is nobody knows. */
function likeness(said: Int16Array, heard: Int16Array): number {
  const known = convertRate(convertRate(said, 16_000, 8000), 8000, 16_000);
  const parts = [0, 1, 2].map((n) => known.subarray(n * 12_000, n * 12_000 + 12_000)).filter((p) => p.length > 8000);
  return Math.max(...parts.map((part) => findWords(part, heard).likeness));
}

describe.runIf(needs("baresip") && needs("sipp"))("music on hold from a server", () => {
  // Who is held is a phone of ours: baresip 1.0 decodes no more once it was held, whoever holds it.
  it("CAL-46: who is held hears the server and not the phone; resumed, the two hear each other again", async () => {
    const [held, server, phone] = await Promise.all([
      PhoneProcess.start({
        address: heldAddress,
        panelPort: 7742,
        config: { ...openToAll, "features.ip_call.auto_answer.enable": 1 },
      }),
      player(musicAddress, music),
      phoneWith(0),
    ]);
    // Said again where the jitter buffer was still finding its length.
    const heardAfter = async (from: PhoneProcess, to: PhoneProcess) => {
      let found = 0;
      for (let n = 0; n < 3 && found < 0.9; n++) {
        await from.say(wavFile(theirs));
        await pause(theirs.length / 16 + 700);
        found = likeness(theirs, toMono(await to.heard(4)));
      }
      return found;
    };
    try {
      await phone.dial(held.uri);
      await phone.screen("talking");
      await held.screen("talking");
      expect(await heardAfter(phone, held)).toBeGreaterThan(0.9);
      await phone.keys("hold");
      await phone.seen("held", (s) => s.screen.id === "talking_held");
      await held.seen("held by the far end", (s) => s.screen.id === "talking_held");
      await pause(5000);
      expect(likeness(music, toMono(await held.heard(4))), "what who is held hears").toBeGreaterThan(0.9);
      expect(level(toMono(await phone.heard(2))), "what the phone hears").toBeLessThan(0.001);
      await phone.keys("hold");
      await phone.seen("talking again", (s) => s.screen.id === "talking");
      await held.screen("talking");
      expect(await heardAfter(phone, held)).toBeGreaterThan(0.9);
      expect(await heardAfter(held, phone)).toBeGreaterThan(0.9);
      await phone.keys("cancel");
      await phone.seen("idle", (s) => s.screen.id === "idle");
    } finally {
      expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
      await Promise.all([held.stop(), server.stop()]);
    }
  });

  it("CAL-46: the server gets the offer of who is held, as a listener, and BYE when the call goes on", async () => {
    const server = sipp({ scenario: "music", address: musicAddress, rtpPort: 6100 });
    const [held, phone] = await Promise.all([player(heldAddress, theirs), phoneWith(1)]);
    try {
      await phone.dial(held.uri);
      await phone.screen("talking");
      await phone.keys("hold");
      await phone.seen("held", (s) => s.screen.id === "talking_held");
      await pause(2500);
      await phone.keys("hold");
      await phone.seen("talking again", (s) => s.screen.id === "talking");
      expect(await server.ended, server.output.slice(-3000)).toBe(0);
      await phone.keys("cancel");
    } finally {
      expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
      await held.stop();
    }
  });

  it("CAL-46: nobody is at the server's address: the call is held all the same, and the log says why", async () => {
    const [held, phone] = await Promise.all([player(heldAddress, theirs), phoneWith(1)]);
    try {
      await phone.dial(held.uri);
      await phone.screen("talking");
      await phone.keys("hold");
      await phone.seen("held", (s) => s.screen.id === "talking_held");
      await eventually("the log says it", async () =>
        phone.program.output.includes("held without music of sip:baresip@"),
      );
      await phone.keys("hold");
      await phone.seen("talking again", (s) => s.screen.id === "talking");
      await pause(4000);
      expect(likeness(theirs, toMono(await phone.heard(4)))).toBeGreaterThan(0.9);
      await phone.keys("cancel");
    } finally {
      expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
      await held.stop();
    }
  });
});

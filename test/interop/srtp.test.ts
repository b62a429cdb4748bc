/** Encrypted calls with peers: both ways of asking for it, both directions, audio compared by content, and what is refused. */
import { createSocket } from "node:dgram";
import { describe, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { toMono } from "../../hal/driver/wav.ts";
import { needs } from "../lab/needs.ts";
import { Baresip } from "./kit/baresip.ts";
import { hears, repeated, says } from "./kit/exchange.ts";
import { Linphone } from "./kit/linphone.ts";
import { openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { findWords, monoAt, speech } from "./kit/sound.ts";

const phoneAddress = "127.47.1.2";
const otherAddress = "127.47.1.3";
const peerAddress = "127.47.1.1";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const theirs = speech(["Front_Left", "Rear_Right", "Side_Left", "Rear_Center"]);
const ours = speech(["Front_Center", "Rear_Left"]);
/** As it comes through a codec of 8 kHz. */
const narrow = (sound: Int16Array) => convertRate(convertRate(sound, 16_000, 8000), 8000, 16_000);

type Mode = "off" | "optional" | "compulsory";
const modes: Readonly<Record<Mode, number>> = { off: 0, optional: 1, compulsory: 2 };

function startPhone(mode: Mode, answers = false, address = phoneAddress, panelPort = 7471): Promise<PhoneProcess> {
  const config = {
    ...openToAll,
    "features.ip_call.auto_answer.enable": answers ? 1 : 0,
    "account.1.srtp_encryption": modes[mode],
  };
  return PhoneProcess.start({ address, panelPort, config });
}

const heardBy = (sound: Int16Array) =>
  expect(findWords(narrow(ours), sound).likeness, "what they heard").toBeGreaterThan(0.9);

async function isEncrypted(phone: PhoneProcess, suite: RegExp | undefined): Promise<void> {
  const [call] = (await phone.media()).calls;
  const { icons } = (await phone.state()).screen;
  if (suite === undefined) expect([call?.srtp, icons.includes("encrypted")]).toEqual([undefined, false]);
  else {
    expect(call?.srtp?.suite).toMatch(suite);
    expect(icons).toContain("encrypted");
    expect(call?.srtp?.unauthenticated).toBe(0);
  }
}

async function withBaresip(
  mode: Mode,
  encryption: "srtp" | "srtp-mand" | undefined,
  answers: boolean,
  use: (phone: PhoneProcess, baresip: Baresip) => Promise<void>,
): Promise<void> {
  const baresip = await Baresip.start({
    address: peerAddress,
    codec: "PCMU",
    answers,
    rateHz: 8000,
    says: convertRate(repeated(theirs), 16_000, 8000),
    ...(encryption === undefined ? {} : { encryption }),
  });
  const phone = await startPhone(mode, !answers);
  try {
    await use(phone, baresip);
  } finally {
    expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
    await baresip.stop();
  }
}

describe.runIf(needs("baresip"))("baresip", () => {
  endAllPrograms();

  it.each([
    ["optional", "srtp"],
    ["compulsory", "srtp-mand"],
  ] as const)(
    "SEC-05: the phone (%s) calls baresip (%s): encrypted, and both hear each other",
    async (mode, encryption) => {
      await withBaresip(mode, encryption, true, async (phone, baresip) => {
        await phone.dial(baresip.uri);
        await phone.screen("talking");
        await says(phone, ours);
        heardBy(monoAt(baresip.heard(), 16_000));
        await hears(phone, narrow(theirs));
        await isEncrypted(phone, /^A/);
        expect(phone.program.output).not.toMatch(/inline:/);
        await phone.keys("cancel");
        await phone.seen("idle", (s) => s.screen.id === "idle");
      });
    },
  );

  it.each([
    ["optional", "srtp"],
    ["optional", "srtp-mand"],
    ["compulsory", "srtp"],
    ["compulsory", "srtp-mand"],
  ] as const)(
    "SEC-05: baresip calls the phone (%s) with %s: encrypted, and both hear each other",
    async (mode, encryption) => {
      await withBaresip(mode, encryption, false, async (phone, baresip) => {
        await baresip.command("dial", phone.uri);
        await phone.screen("talking");
        await says(phone, ours);
        heardBy(monoAt(baresip.heard(), 16_000));
        await hears(phone, narrow(theirs));
        await isEncrypted(phone, /^A/);
        expect(phone.program.output.match(/keys travel in signalling/g)).toHaveLength(1);
        await baresip.command("hangup");
        await phone.seen("idle", (s) => s.screen.id === "idle");
      });
    },
  );

  it("SEC-05: optional with a far end that has none: not encrypted, and no padlock", async () => {
    await withBaresip("optional", undefined, true, async (phone, baresip) => {
      await phone.dial(baresip.uri);
      await phone.screen("talking");
      await hears(phone, narrow(theirs));
      await isEncrypted(phone, undefined);
      await phone.keys("cancel");
    });
  });

  it("SEC-05: compulsory with a far end that has none: no call, and the LCD and the log say why", async () => {
    await withBaresip("compulsory", undefined, true, async (phone, baresip) => {
      await phone.dial(baresip.uri);
      await phone.seen("refused", (s) => s.screen.lines.join(" ").includes("Encryption"));
      await phone.seen("idle", (s) => s.screen.id === "idle", 40_000);
      await baresip.command("dial", phone.uri);
      await phone.seen("why", (s) => s.screen.lines.join(" ").includes("Encryption required"));
      expect(phone.program.output).toMatch(/refused .*baresip.*488, encryption required/);
    });
  });

  it("SEC-05: hold and resume keep the keys", async () => {
    await withBaresip("compulsory", "srtp-mand", true, async (phone, baresip) => {
      await phone.dial(baresip.uri);
      await phone.screen("talking");
      await hears(phone, narrow(theirs));
      await phone.keys("hold");
      await phone.seen("held", (s) => s.screen.id === "talking_held");
      await pause(600);
      await phone.keys("hold");
      await phone.seen("talking again", (s) => s.screen.id === "talking");
      await hears(phone, narrow(theirs));
      await isEncrypted(phone, /^A/);
      await phone.keys("cancel");
    });
  });
});

describe.runIf(needs("linphonec"))("Linphone", () => {
  endAllPrograms();

  it.each(["optional", "compulsory"] as const)(
    "SEC-05: the phone (compulsory) calls Linphone (%s): encrypted, and both hear each other",
    async (encryption) => {
      const linphone = await Linphone.start({
        address: peerAddress,
        says: speech(["Front_Left", "Rear_Right"]),
        encryption,
      });
      const phone = await startPhone("compulsory");
      try {
        await phone.dial(linphone.uri);
        await phone.screen("talking");
        await pause(3000);
        const found = findWords(narrow(speech(["Front_Left"])), toMono(await phone.heard(6)));
        expect(found.likeness, "what the phone heard").toBeGreaterThan(0.9);
        await says(phone, ours);
        await isEncrypted(phone, /^A/);
        await phone.keys("cancel");
        await phone.seen("idle", (s) => s.screen.id === "idle");
      } finally {
        expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
        await linphone.stop();
      }
      heardBy(monoAt(linphone.heard(), 16_000));
    },
  );

  it.each(["optional", "compulsory"] as const)(
    "SEC-05: Linphone (compulsory) calls the phone (%s): encrypted, and both hear each other",
    async (mode) => {
      const linphone = await Linphone.start({
        address: peerAddress,
        says: speech(["Front_Left", "Rear_Right"]),
        encryption: "compulsory",
      });
      const phone = await startPhone(mode, true);
      try {
        linphone.say(`call ${phone.uri}`);
        await phone.screen("talking");
        await pause(3000);
        const found = findWords(narrow(speech(["Front_Left"])), toMono(await phone.heard(6)));
        expect(found.likeness, "what the phone heard").toBeGreaterThan(0.9);
        await says(phone, ours);
        await isEncrypted(phone, /^A/);
        linphone.say("terminate");
        await phone.seen("idle", (s) => s.screen.id === "idle");
      } finally {
        expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
        await linphone.stop();
      }
      heardBy(monoAt(linphone.heard(), 16_000));
    },
  );
});

describe("two of us", () => {
  endAllPrograms();

  it.each([
    ["compulsory", "compulsory", true],
    ["compulsory", "optional", true],
    ["optional", "compulsory", true],
    ["optional", "optional", true],
    ["optional", "off", false],
    ["off", "optional", false],
  ] as const)("SEC-05: %s calls %s; encrypted: %s", async (caller, callee, encrypted) => {
    const [one, other] = await Promise.all([startPhone(caller), startPhone(callee, true, otherAddress, 7472)]);
    try {
      await one.dial(other.uri);
      await one.screen("talking");
      await says(one, ours);
      heardBy(toMono(await other.heard(6)));
      for (const phone of [one, other]) await isEncrypted(phone, encrypted ? /^AEAD_AES_256_GCM$/ : undefined);
      await one.keys("cancel");
    } finally {
      expect([await one.stop(), await other.stop()]).toEqual([0, 0]);
    }
  });

  it("SEC-05: packets that are forged into an encrypted call are dropped and counted, and it goes on unharmed", async () => {
    const [one, other] = await Promise.all([
      startPhone("compulsory"),
      startPhone("compulsory", true, otherAddress, 7472),
    ]);
    // From the peer's own address, as one on its wire would send them.
    const attacker = createSocket("udp4");
    try {
      await one.dial(other.uri);
      await one.screen("talking");
      await new Promise<void>((resolve) => attacker.bind(0, otherAddress, resolve));
      const port = Number((await other.media()).calls[0]?.remote.split(":").at(-1));
      const forged = new Uint8Array(12 + 176).fill(0x55);
      for (let i = 0; i < 200; i++) {
        forged.set([0x80, 0x00, 0x10 + (i >> 8), i & 255]);
        attacker.send(forged, port, phoneAddress);
        await pause(5);
      }
      const [call] = (await one.media()).calls;
      // From another port than the peer's: they do not even get as far as the keys (srtp-wire.test.ts has such that do).
      expect(call?.rejected).toBeGreaterThan(150);
      await says(other, ours);
      heardBy(toMono(await one.heard(6)));
      await one.keys("cancel");
    } finally {
      attacker.close();
      expect([await one.stop(), await other.stop()]).toEqual([0, 0]);
    }
  });
});

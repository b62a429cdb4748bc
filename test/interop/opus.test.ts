/** Opus with other implementations: Debian's opus-tools on packets in files, baresip and Linphone in calls. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { parseWav, toMono } from "../../hal/driver/wav.ts";
import { opus } from "../../src/codec/opus/opus.ts";
import type { FormatParameters } from "../../src/media/protocol.ts";
import { recordingsIn } from "../../src/thread/recordings.ts";
import { soundQuality } from "../bench/sound-quality.ts";
import { needs } from "../lab/needs.ts";
import { Baresip } from "./kit/baresip.ts";
import { hears, repeated, says } from "./kit/exchange.ts";
import { Linphone } from "./kit/linphone.ts";
import { oggOpusFile, oggPackets } from "./kit/ogg.ts";
import { openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms, Program, temporaryFolder } from "./kit/process.ts";
import { findWords, monoAt, speech } from "./kit/sound.ts";

const said = speech(["Front_Left", "Rear_Right", "Side_Left"]);
const words = speech(["Front_Center", "Rear_Left"]);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const onlyOpus = {
  ...openToAll,
  "account.1.codec.opus.enable": 1,
  "account.1.codec.opus.priority": 1,
  ...Object.fromEntries(["pcmu", "pcma", "g722", "g729"].map((name) => [`account.1.codec.${name}.enable`, 0])),
};

async function run(program: string, ...args: string[]): Promise<void> {
  const child = new Program(program, args);
  expect(await child.ended, child.output.slice(-1000)).toBe(0);
}

describe.runIf(needs("opusenc", "opusdec"))("opus-tools", () => {
  endAllPrograms();

  const kinds: [string, number, FormatParameters][] = [
    ["20 ms", 20, {}],
    ["10 ms", 10, {}],
    ["60 ms", 60, {}],
    ["constant rate", 20, { cbr: "1", maxaveragebitrate: "24000" }],
    ["in-band FEC", 20, { useinbandfec: "1" }],
    ["narrow band", 20, { maxplaybackrate: "8000", maxaveragebitrate: "12000" }],
  ];
  for (const [name, ptimeMs, parameters] of kinds)
    it(`AUD-01: opusdec decodes our packets as we do (${name})`, async () => {
      const encoder = opus.createEncoder(parameters);
      encoder.expectLoss?.(10);
      const decoder = opus.createDecoder();
      const samples = 16 * ptimeMs;
      const packets: Uint8Array[] = [];
      const ours = new Int16Array(said.length);
      const frame = new Int16Array(samples);
      const room = new Uint8Array(4000);
      for (let at = 0; at + samples <= said.length; at += samples) {
        const size = encoder.encode(said.subarray(at, at + samples), room);
        packets.push(room.slice(0, size));
        decoder.decode(room, frame, size);
        ours.set(frame, at);
      }
      const folder = temporaryFolder("opus");
      writeFileSync(join(folder, "in.opus"), oggOpusFile(packets, ptimeMs));
      await run("opusdec", "--quiet", "--rate", "16000", join(folder, "in.opus"), join(folder, "out.wav"));
      const theirs = toMono(parseWav(readFileSync(join(folder, "out.wav"))));
      expect(soundQuality(ours.subarray(0, ours.length - 3200), theirs, 16_000).lsdDb).toBeLessThan(0.5);
    });

  it("CAL-85: opusdec plays a recording of ours: as long as what was recorded, to the sample, and as it sounded", async () => {
    const folder = temporaryFolder("recording");
    const file = recordingsIn(folder).open("call", 16_000, (why) => expect.fail(why), "opus");
    for (let at = 0; at < said.length; at += 16_000) file.append(said.slice(at, at + 16_000));
    await file.close();
    await run("opusdec", "--rate", "16000", file.path, join(folder, "out.wav"));
    const theirs = toMono(parseWav(readFileSync(join(folder, "out.wav"))));
    expect(theirs.length).toBe(said.length);
    expect(soundQuality(said.subarray(0, said.length), theirs, 16_000).lsdDb).toBeLessThan(8);
    // What the page checksums say is looked at by opusinfo.
    await run("opusinfo", file.path);
  });

  const streams: [string, string[]][] = [
    ["speech at 24 kbit/s", ["--speech", "--bitrate", "24"]],
    ["music at 96 kbit/s (CELT, full band)", ["--music", "--bitrate", "96"]],
    ["speech at 40 kbit/s (hybrid)", ["--speech", "--bitrate", "40"]],
    ["stereo", ["--bitrate", "64"]],
    ["frames of 2.5 ms", ["--bitrate", "96", "--framesize", "2.5"]],
    ["frames of 60 ms", ["--speech", "--bitrate", "20", "--framesize", "60"]],
    ["expected loss", ["--speech", "--bitrate", "32", "--expect-loss", "20"]],
  ];
  for (const [name, options] of streams)
    it(`AUD-01: we decode opusenc's packets as opusdec does (${name})`, async () => {
      const folder = temporaryFolder("opus");
      const wide = convertRate(said, 16_000, 48_000);
      const channels = name === "stereo" ? 2 : 1;
      const interleaved =
        channels === 1 ? wide : Int16Array.from({ length: 2 * wide.length }, (_, i) => wide[i >> 1] ?? 0);
      const raw = join(folder, "in.pcm");
      writeFileSync(raw, new Uint8Array(interleaved.buffer));
      const file = join(folder, "out.opus");
      await run("opusenc", "--quiet", "--raw", "--raw-chan", String(channels), ...options, raw, file);
      await run("opusdec", "--quiet", "--rate", "16000", file, join(folder, "out.wav"));
      const theirs = toMono(parseWav(readFileSync(join(folder, "out.wav"))));
      const decoder = opus.createDecoder();
      const ours = new Int16Array(said.length + 16_000);
      const frame = new Int16Array(1920);
      let at = 0;
      for (const packet of oggPackets(readFileSync(file)).slice(2)) {
        const count = decoder.decode(packet, frame);
        expect(count).toBe(decoder.packetSamples(packet));
        if (at + count > ours.length) break;
        ours.set(frame.subarray(0, count), at);
        at += count;
      }
      // The first 312 samples at 48 kHz are the coder's delay (RFC 7845 §5.1): opusdec leaves them out, alignment does here.
      expect(soundQuality(theirs.subarray(0, said.length - 6400), ours, 16_000).lsdDb).toBeLessThan(0.8);
    });
});

describe.runIf(needs("baresip"))("baresip with Opus", () => {
  endAllPrograms();

  for (const caller of ["the phone", "baresip"] as const)
    it(`AUD-01: ${caller} calls, and both hear each other in Opus`, async () => {
      const baresip = await Baresip.start({
        address: "127.45.1.1",
        codec: "opus",
        answers: caller === "the phone",
        rateHz: 48_000,
        says: convertRate(repeated(said), 16_000, 48_000),
      });
      const phone = await PhoneProcess.start({
        address: "127.45.1.2",
        panelPort: 7451,
        config: { ...onlyOpus, "features.ip_call.auto_answer.enable": caller === "baresip" ? 1 : 0 },
      });
      try {
        if (caller === "the phone") await phone.dial(baresip.uri);
        else await baresip.command("dial", phone.uri);
        await phone.screen("talking");
        await says(phone, words);
        expect(findWords(words, monoAt(baresip.heard(), 16_000)).likeness, "what baresip heard").toBeGreaterThan(0.85);
        await hears(phone, said, 0.85);
        const call = (await phone.media()).calls[0];
        expect(call?.codec).toBe("opus");
        expect(call?.lossPercent).toBeLessThan(5);
        await phone.keys("cancel");
        await phone.seen("idle", (s) => s.screen.id === "idle");
      } finally {
        expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
        await baresip.stop();
      }
    });
});

describe.runIf(needs("linphonec"))("Linphone with Opus", () => {
  endAllPrograms();

  it("AUD-01: the phone calls Linphone, and both hear each other in Opus", async () => {
    const linphone = await Linphone.start({ address: "127.45.2.1", says: said, codec: "opus" });
    const phone = await PhoneProcess.start({ address: "127.45.2.2", panelPort: 7452, config: onlyOpus });
    try {
      await phone.dial(linphone.uri);
      await phone.screen("talking");
      await pause(4000);
      const heard = findWords(speech(["Front_Left"]), toMono(await phone.heard(6)));
      expect(heard.likeness, "what the phone heard").toBeGreaterThan(0.8);
      expect((await phone.media()).calls[0]?.codec).toBe("opus");
      await says(phone, words);
      await phone.keys("cancel");
      await phone.seen("idle", (s) => s.screen.id === "idle");
    } finally {
      expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
      await linphone.stop();
    }
    expect(findWords(words, monoAt(linphone.heard(), 16_000)).likeness, "what Linphone heard").toBeGreaterThan(0.8);
  });
});

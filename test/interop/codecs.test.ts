/**
 * L16 with Debian's baresip: both sides hear words of each other. G.726 cannot be shown so: baresip 1.0 packs it in the order of AAL2
 * under the names that RFC 3551 gives to the other order, so that one is held against spandsp's packets (test/data/g726).
 */
import { describe, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { needs } from "../lab/needs.ts";
import { Baresip } from "./kit/baresip.ts";
import { hears, repeated, says } from "./kit/exchange.ts";
import { openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { findWords, monoAt, speech } from "./kit/sound.ts";

const said = speech(["Front_Left", "Rear_Right", "Side_Left"]);
const words = speech(["Front_Center", "Rear_Left"]);

const ways = [
  { theirs: "L16 at 8 kHz", ours: "l16_8", rateHz: 8000 },
  { theirs: "L16 at 16 kHz", ours: "l16", rateHz: 16_000 },
] as const;

describe.runIf(needs("baresip"))("baresip with further codecs", () => {
  endAllPrograms();

  for (const [n, { theirs, ours, rateHz }] of ways.entries())
    it(`AUD-01: the phone calls baresip, and both hear each other in ${theirs}`, async () => {
      const all = repeated(said);
      const baresip = await Baresip.start({
        address: `127.46.${n}.1`,
        codec: theirs,
        answers: true,
        rateHz,
        says: rateHz === 16_000 ? all : convertRate(all, 16_000, rateHz),
      });
      const phone = await PhoneProcess.start({
        address: `127.46.${n}.2`,
        panelPort: 7460 + n,
        config: {
          ...openToAll,
          ...Object.fromEntries(["pcmu", "pcma", "g722", "g729"].map((name) => [`account.1.codec.${name}.enable`, 0])),
          [`account.1.codec.${ours}.enable`]: 1,
          [`account.1.codec.${ours}.priority`]: 1,
        },
      });
      try {
        await phone.dial(baresip.uri);
        await phone.screen("talking");
        await says(phone, words);
        expect(findWords(words, monoAt(baresip.heard(), 16_000)).likeness, "what baresip heard").toBeGreaterThan(0.8);
        await hears(phone, said, 0.8);
        const call = (await phone.media()).calls[0];
        expect(call?.lossPercent).toBeLessThan(5);
        await phone.keys("cancel");
        await phone.seen("idle", (s) => s.screen.id === "idle");
      } finally {
        expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
        await baresip.stop();
      }
    });
});

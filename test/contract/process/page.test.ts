/** Running phones without a server: one pages the others through multicast on the loopback interface, and five hold a conference. */
import { describe, expect, it } from "vitest";
import { writeWav } from "../../../hal/driver/wav.ts";
import { openToAll, PhoneProcess } from "../../interop/kit/phone.ts";
import { endAllPrograms, eventually } from "../../interop/kit/process.ts";
import { find, findWords, monoAt, speech, wavFile } from "../../interop/kit/sound.ts";

const rateHz = 16_000;

function phone(address: string, panelPort: number, config: Record<string, string | number> = {}, model = "t46g") {
  // What microphones do to a voice is not the question here.
  const plain = { "voice.echo_cancellation": 0, "voice.noise_suppression": 0 };
  const wide = { "account.1.codec.pcmu.enable": 0, "account.1.codec.pcma.enable": 0 };
  return PhoneProcess.start({ address, panelPort, model, config: { ...openToAll, ...plain, ...wide, ...config } });
}

async function hears(listener: PhoneProcess, seconds: number): Promise<Int16Array> {
  const { samples, rateHz: found } = await listener.heard(seconds);
  return monoAt(writeWav(found, samples), rateHz);
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function talk(caller: PhoneProcess, callee: PhoneProcess): Promise<void> {
  await callee.screen("incoming");
  await callee.keys("speaker");
  await callee.screen("talking");
  await caller.screen("talking");
}

describe("phones among themselves", () => {
  endAllPrograms();

  it("CAL-81, CAL-82: a page is chosen on the LCD, recognised at another phone within its call, which then goes on", async () => {
    const group = "239.50.3.1:20008";
    const paged = { "multicast.listen_address.1.ip_address": group, "multicast.listen_address.1.label": "All" };
    const [speaker, listener, caller] = await Promise.all([
      phone("127.50.3.1", 7501, {
        "multicast.paging_address.1.ip_address": group,
        "multicast.paging_address.1.label": "Everybody",
      }),
      phone("127.50.3.2", 7502, paged),
      phone("127.50.3.3", 7503),
    ]);
    await caller.dial(listener.uri);
    await talk(caller, listener);
    // Menu, Features, Paging list: the last line of each.
    await speaker.keys("soft4");
    await speaker.screen("menu");
    await speaker.keys("3", "up", "ok", "ok");
    const seen = await speaker.seen("the page that goes out", (s) =>
      s.screen.lines.some((l) => l.startsWith("Paging")),
    );
    expect(seen.screen.lines).toContain("Everybody");
    await listener.seen("the page that came", (s) => s.screen.lines.some((l) => l.startsWith("Page ")));
    await caller.seen("being held", (s) => s.screen.lines.some((l) => l.startsWith("Held")));
    const said = speech(["Front_Center", "Side_Left"]);
    await speaker.say(wavFile(said));
    await wait((said.length / rateHz) * 1000 + 1000);
    const found = findWords(said, await hears(listener, said.length / rateHz + 4));
    expect(found.likeness).toBeGreaterThan(0.8);
    expect(find(said, await hears(caller, 6)).likeness).toBeLessThan(0.4);
    await speaker.keys("cancel");
    await speaker.screen("idle");
    await caller.seen("the call going on", (s) => s.screen.lines.some((l) => l.startsWith("Talking")));
    await listener.seen("the call going on", (s) => s.screen.lines.some((l) => l.startsWith("Talking")));
    for (const one of [speaker, listener, caller]) await one.program.stop();
  }, 60_000);

  it("CP8-02, CAL-55: five phones in one conference recognise what each says, and nobody hears himself", async () => {
    const hub = await phone("127.50.4.1", 7511, {}, "cp860");
    const parties: PhoneProcess[] = [];
    for (const i of [2, 3, 4, 5]) parties.push(await phone(`127.50.4.${i}`, 7510 + i));
    for (const [i, party] of parties.entries()) {
      await hub.dial(party.uri);
      await party.screen("incoming");
      await party.keys("speaker");
      await party.screen("talking");
      await eventually("the call up at the hub", async () => (await hub.media()).calls.length === i + 1 || undefined);
      await hub.screen("talking");
      // Conf: this model has no key for it.
      if (i > 0) await hub.keys("soft3");
    }
    await eventually("four parties in both directions", async () => {
      const { calls } = await hub.media();
      return (calls.length === 4 && calls.every((c) => c.direction === "sendrecv" && c.codec === "g722")) || undefined;
    });
    const words = ["Front_Center", "Front_Left", "Rear_Right", "Side_Left", "Rear_Center"];
    const all = [hub, ...parties];
    for (const [i, speaker] of all.entries()) {
      const said = speech([words[i] ?? ""]);
      const best = all.map(() => 0);
      // A machine that stands still for a moment spoils a word: then it is said again.
      for (let time = 0; time < 4 && best.some((likeness, k) => k !== i && likeness < 0.7); time++) {
        // What was said before must be out of the piece that is looked at: words are alike.
        await wait(2000);
        await speaker.say(wavFile(said));
        await wait((said.length / rateHz) * 1000 + 1200);
        const heard = await Promise.all(all.map((listener) => hears(listener, said.length / rateHz + 2.5)));
        for (const [k, sound] of heard.entries()) {
          if (k === i) expect(find(said, sound).likeness, `${words[i]} echoed to its speaker`).toBeLessThan(0.4);
          else best[k] = Math.max(best[k] ?? 0, findWords(said, sound).likeness);
        }
      }
      for (const [k, likeness] of best.entries())
        if (k !== i) expect(likeness, `${words[i]} at phone ${k + 1}`).toBeGreaterThan(0.7);
    }
    for (const one of all) await one.program.stop();
  }, 180_000);
});

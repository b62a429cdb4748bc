/** A machine that gets another address in the middle of a call (feature rows NET-39, NET-42): real interfaces in network namespaces, ip monitor, and sound both ways before and after. */
import { describe, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { toMono } from "../../hal/driver/wav.ts";
import { needs } from "../lab/needs.ts";
import { mayMakeNamespaces, Wire } from "./kit/namespace.ts";
import { openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms, eventually } from "./kit/process.ts";
import { sipp } from "./kit/sipp.ts";
import { findWords, speech, wavFile } from "./kit/sound.ts";

endAllPrograms();

const words = speech(["Front_Center"]);
const narrow = convertRate(convertRate(words, 16_000, 8000), 8000, 16_000);

async function hears(from: PhoneProcess, to: PhoneProcess): Promise<void> {
  let likeness = 0;
  for (let n = 0; n < 3 && likeness < 0.9; n++) {
    await from.say(wavFile(words));
    await new Promise((resolve) => setTimeout(resolve, words.length / 16 + 700));
    likeness = findWords(narrow, toMono(await to.heard(4))).likeness;
  }
  const logs = `${from.program.output.slice(-1500)}\n---\n${to.program.output.slice(-1500)}`;
  expect(likeness, `${to.address} hears ${from.address}: ${logs}`).toBeGreaterThan(0.9);
}

describe.runIf(needs("ip") && mayMakeNamespaces())("the machine's own address", () => {
  it("NET-42: changes in a call: the call lives with sound both ways, by the new address; without a link the LCD says so", async () => {
    const wire = new Wire();
    await Promise.all([wire.forward("one", 7471), wire.forward("other", 7472)]);
    const answering = { ...openToAll, "features.ip_call.auto_answer.enable": 1 };
    const [moving, still] = await Promise.all([
      // No --bind: the phone finds its address by itself and follows it.
      PhoneProcess.start({ address: "", panelPort: 7471, config: openToAll, prefix: wire.prefix("one") }),
      PhoneProcess.start({ address: wire.other, panelPort: 7472, config: answering, prefix: wire.prefix("other") }),
    ]);
    try {
      expect(moving.program.output).toContain(`udp:${wire.first}:5060`);
      await moving.dial(still.uri);
      await moving.screen("talking");
      await still.screen("talking");
      await Promise.all([hears(moving, still), hears(still, moving)]);
      const remote = async () => (await still.media()).calls[0]?.remote;
      expect(await remote()).toContain(`${wire.first}:`);
      wire.move();
      await eventually("the far end was told", async () => (await remote())?.startsWith(`${wire.second}:`) === true);
      await Promise.all([hears(moving, still), hears(still, moving)]);
      expect(moving.program.output).toContain(`the phone's address is ${wire.second} now`);
      // The far end's BYE arrives at the new Contact.
      await still.endCalls();
      await eventually("both at rest", async () => (await moving.state()).screen.id !== "talking");
      wire.link("down");
      await eventually("the LCD says it", async () => JSON.stringify((await moving.state()).screen).includes("etwork"));
      await moving.program.until("gone", (output) => output.includes("the network is gone"));
      wire.link("up");
      await moving.program.until("back", (output) => output.includes("the network is back"), 15_000);
    } finally {
      await Promise.all([moving.stop(), still.stop()]);
      wire.close();
    }
  });

  it.runIf(needs("sipp"))(
    "NET-42: somebody else's phone is told by a re-INVITE with the new Contact and media, and ends the call there",
    async () => {
      const wire = new Wire();
      await wire.forward("one", 7745);
      const peer = sipp({ scenario: "moving-caller", address: wire.other, echo: true, prefix: wire.prefix("other") });
      const moving = await PhoneProcess.start({
        address: "",
        panelPort: 7745,
        config: openToAll,
        prefix: wire.prefix("one"),
      });
      // SIPp sends back what it gets: the phone hears itself.
      const echoed = async () => {
        let likeness = 0;
        for (let n = 0; n < 3 && likeness < 0.9; n++) {
          await moving.say(wavFile(words));
          await new Promise((resolve) => setTimeout(resolve, words.length / 16 + 900));
          likeness = findWords(narrow, toMono(await moving.heard(4))).likeness;
        }
        return likeness;
      };
      try {
        await moving.dial(`sip:peer@${wire.other}`);
        await moving.screen("talking");
        expect(await echoed()).toBeGreaterThan(0.9);
        wire.move();
        await moving.program.until("moved", (output) => output.includes(`the phone's address is ${wire.second} now`));
        expect(await echoed()).toBeGreaterThan(0.9);
        // It hangs up by itself, at the new Contact.
        expect(await peer.ended, peer.output.slice(-3000)).toBe(0);
        await eventually("at rest", async () => (await moving.state()).screen.id !== "talking");
      } finally {
        await moving.stop();
        wire.close();
      }
    },
  );
});

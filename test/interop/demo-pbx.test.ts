import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { toMono } from "../../hal/driver/wav.ts";
import { DemoPbx } from "../lab/demo-pbx.ts";
import { loadSpeech } from "../lab/pbx-media.ts";
import { account, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { findWords, monoAt, speech, wavFile } from "./kit/sound.ts";

const pbxAddress = "127.41.1.1";
const phoneAddress = "127.41.1.2";
const password = "correct horse";

describe("the demo PBX and the phone", () => {
  endAllPrograms();
  const pbx = new DemoPbx({ address: pbxAddress, port: 5060, users: { "1001": password } });
  let phone: PhoneProcess;

  beforeAll(async () => {
    await pbx.open();
    phone = await PhoneProcess.start({
      address: phoneAddress,
      panelPort: 7411,
      config: account(pbxAddress, "1001", password, { unregister_on_reboot: 1 }),
    });
    await phone.seen("registered", (s) => s.screen.lines.join().includes("1001") && pbx.contacts("1001").length === 1);
  });
  afterAll(() => pbx.close());

  const idle = () => phone.screen("idle", 8000);
  // A test that fails in the middle of a call must not fail those after it.
  afterEach(async () => {
    if (phone.program.alive) await phone.endCalls();
  });

  it("ACC-01: the account registers with digest and its label is on the LCD", async () => {
    expect(pbx.contacts("1001")).toEqual([expect.stringContaining(phoneAddress)]);
    expect((await phone.state()).keys[0]?.label).toBe("1001");
  });

  it("CAL-01: 600 dialled on the keys echoes what the microphone hears, aligned and at its level", async () => {
    await phone.keys("6", "0", "0", "ok");
    await phone.screen("talking");
    const said = speech(["Front_Center"]);
    await phone.say(wavFile(said));
    await new Promise((resolve) => setTimeout(resolve, 2600));
    const heard = await phone.heard(4);
    const found = findWords(said, toMono(heard));
    expect(found.likeness).toBeGreaterThan(0.9);
    expect(Math.abs(found.gainDb)).toBeLessThan(1.5);
    const media = await phone.media();
    expect(media.calls[0]).toMatchObject({ lost: 0, rejected: 0 });
    expect(media.device.underruns).toBe(0);
    await phone.keys("cancel");
    await idle();
  });

  it("CAL-01: 601 says its speech", async () => {
    await phone.dial("601");
    await phone.screen("talking");
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const heard = toMono(await phone.heard(5));
    const reference = loadSpeech().subarray(24_000, 44_000);
    expect(findWords(reference, heard).likeness).toBeGreaterThan(0.9);
    await phone.keys("cancel");
    await idle();
  });

  it("CAL-19: 602 refuses and calls back; lifting the handset answers", async () => {
    await phone.dial("602");
    await phone.screen("ended");
    await phone.screen("incoming", 8000);
    await phone.hook(true);
    const state = await phone.screen("talking");
    expect(state.path).toBe("handset");
    await phone.hook(false);
    await idle();
  });

  it("flow 2: 603 is busy, and says so on the LCD and in the ear", async () => {
    await phone.dial("603");
    const state = await phone.screen("ended");
    expect(`${state.screen.title} ${state.screen.lines.join(" ")}`).toContain("Busy");
    await new Promise((resolve) => setTimeout(resolve, 700));
    const heard = toMono(await phone.heard(0.5));
    expect(Math.max(...heard)).toBeGreaterThan(500);
    await phone.keys("cancel");
    await idle();
  });

  it("flow 3: 604 rings until the caller gives up", async () => {
    await phone.dial("604");
    await phone.screen("ringback");
    await phone.keys("cancel");
    await idle();
  });

  it("CAL-47: 605 answers and then transfers to 600: the phone calls that and lets the first call go", async () => {
    await phone.dial("605");
    await phone.screen("talking");
    await phone.seen("transferred", (s) => s.screen.id === "talking" && s.screen.lines.includes("600"));
    await phone.seen("one call", (s) => !s.screen.lines.includes("605"));
    const said = speech(["Rear_Left"]);
    await phone.say(wavFile(said));
    await new Promise((resolve) => setTimeout(resolve, 2600));
    expect(findWords(said, toMono(await phone.heard(4))).likeness).toBeGreaterThan(0.9);
    await phone.keys("cancel");
    await idle();
  });

  it("DIR-11: the calls are in the history, the missed ones are none", async () => {
    await phone.keys("soft1");
    const state = await phone.screen("history");
    expect(state.screen.lines.join(" ")).toContain("605");
    await phone.keys("cancel");
    await idle();
  });

  it("ACC-09: SIGTERM ends the phone in order and takes the registration away", async () => {
    expect(await phone.stop()).toBe(0);
    expect(pbx.contacts("1001")).toEqual([]);
    expect(monoAt(wavFile(new Int16Array(16)), 16_000)).toHaveLength(16);
  });
});

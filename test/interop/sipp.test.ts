import { describe, expect, it } from "vitest";
import { toMono } from "../../hal/driver/wav.ts";
import { needs } from "../lab/needs.ts";
import { account, openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms, type Program } from "./kit/process.ts";
import { listening, type SippOptions, sipp } from "./kit/sipp.ts";
import { findWords, speech, wavFile } from "./kit/sound.ts";

const peer = "127.41.2.1";
const address = "127.41.2.2";
const autoAnswer = { "features.ip_call.auto_answer.enable": 1 };
const password = "s3cret pass";

async function passes(program: Program): Promise<void> {
  const status = await program.ended;
  expect(status, program.output.slice(-3000)).toBe(0);
}

/** The phone with its parameters while `use` runs. */
async function withPhone(config: Record<string, string | number>, use: (phone: PhoneProcess) => Promise<void>) {
  const phone = await PhoneProcess.start({ address, panelPort: 7412, config });
  try {
    await use(phone);
  } finally {
    expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
  }
}

const server = (transport: "udp" | "tcp") =>
  account(peer, "1001", password, {
    "sip_server.1.transport_type": transport === "tcp" ? 1 : 0,
    "sip_server.1.port": 5060,
  });

describe.runIf(needs("sipp")).each(["udp", "tcp"] as const)("SIPp over %s", (transport) => {
  endAllPrograms();
  const run = (options: Omit<SippOptions, "address" | "transport">) => sipp({ address: peer, transport, ...options });

  it("flow 1: calls the phone, which rings and answers with the caller's codec; BYE ends it", async () => {
    await withPhone({ ...openToAll, ...autoAnswer }, async (phone) => {
      const caller = run({ scenario: "call-the-phone", target: address });
      await phone.screen("talking");
      await passes(caller);
      await phone.seen("idle", (s) => s.screen.id === "idle");
    });
  });

  it("AUD-04: a late offer is made in the 200 and answered in the ACK; the far end holds and resumes", async () => {
    await withPhone({ ...openToAll, ...autoAnswer }, async (phone) => {
      const caller = run({ scenario: "late-offer", target: address });
      await phone.screen("talking");
      await phone.seen("held by the far end", (s) => s.screen.id === "talking_held");
      await phone.seen("talking again", (s) => s.screen.id === "talking");
      await phone.keys("cancel");
      await passes(caller);
    });
  });

  it("flow 1: is called by the phone and hears it; what it echoes is heard", async () => {
    await withPhone({ ...openToAll, "account.1.codec.g722.enable": 0 }, async (phone) => {
      const callee = run({ scenario: "answer", echo: true });
      await phone.dial(`sip:answer@${peer}:5060;transport=${transport}`);
      await phone.screen("talking");
      const said = speech(["Front_Center"]);
      await phone.say(wavFile(said));
      await new Promise((resolve) => setTimeout(resolve, 2600));
      const found = findWords(said, toMono(await phone.heard(4)));
      expect(found.likeness).toBeGreaterThan(0.9);
      expect(Math.abs(found.gainDb)).toBeLessThan(1.5);
      await phone.keys("cancel");
      await passes(callee);
    });
  });

  it("ACC-14: answers a proxy's digest challenge, and is hung up by the far end", async () => {
    const callee = run({ scenario: "server-with-digest", calls: 2 });
    await listening(peer, 5060, transport);
    await withPhone({ ...openToAll, ...server(transport), "account.1.enable": 1 }, async (phone) => {
      await phone.program.until("registered", (output) => output.includes("): registered"), 15_000);
      await phone.dial("77");
      await phone.screen("talking");
      await passes(callee);
      await phone.seen("idle", (s) => s.screen.id === "idle");
    });
  });

  it("ACC-06: registers through 401, a stale nonce and 423, and takes its binding away at the end", async () => {
    const registrar = run({ scenario: "registrar" });
    await withPhone({ ...server(transport), "account.1.unregister_on_reboot": 1 }, async (phone) => {
      await phone.program.until("registered", (output) => output.includes("): registered"), 15_000);
    });
    await passes(registrar);
  });
});

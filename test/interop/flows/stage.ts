/** The stage of the guide's flows: Proxy Server P, users A, B and C who are phones, SIPp or baresip by turns. What they say is speech.ts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { convertRate } from "../../../hal/driver/rate-converter.ts";
import { Baresip } from "../kit/baresip.ts";
import { Authority } from "../kit/certificates.ts";
import { account, PhoneProcess, type PhoneSeen } from "../kit/phone.ts";
import { endAllPrograms, type Program, temporaryFolder } from "../kit/process.ts";
import { type SippOptions, sipp } from "../kit/sipp.ts";
import { ProxyServer, type Way } from "./proxy.ts";
import { type Letter, pause, sayings } from "./speech.ts";
import type { Trace } from "./trace.ts";

type Config = Readonly<Record<string, string | number>>;

/** Phones register by these; the same person without a registration has the number with 2 in front. */
export const numbers: Readonly<Record<Letter, string>> = { A: "1001", B: "1002", C: "1003" };
export const guestNumbers: Readonly<Record<Letter, string>> = { A: "2001", B: "2002", C: "2003" };

export const textOf = (s: PhoneSeen) => `${s.screen.title} ${s.screen.lines.join(" ")}`;

/** SIPp ended by itself, and nothing that it received was other than its scenario says. */
export async function content(program: Program): Promise<void> {
  expect(await program.ended, program.output.slice(-3000)).toBe(0);
}

/** Presses the soft key that has this word now. */
export async function soft(phone: PhoneProcess, word: string): Promise<void> {
  const seen = await phone.seen(`soft key ${word}`, (s) => s.screen.softkeys.includes(word));
  const key = (["soft1", "soft2", "soft3", "soft4"] as const)[seen.screen.softkeys.indexOf(word)];
  if (key !== undefined) await phone.keys(key);
}

export interface StageOptions {
  /** 1 to 9: addresses and panel ports of this file alone, so that files can run side by side. */
  readonly area: number;
  /** By what the phones register and call; udp unless told. */
  readonly way?: Way;
  readonly phones: Partial<Record<Letter, Config>>;
}

export interface Stage {
  /** Address of P. */
  readonly server: string;
  readonly proxy: ProxyServer;
  readonly trace: Trace;
  phone(letter: Letter): PhoneProcess;
  /** One of our scenarios, in the part of `letter`. */
  playSipp(letter: Letter, scenario: string, options?: Partial<SippOptions>): Program;
  /** SIPp as the caller of a phone. */
  sippCalls(letter: Letter, scenario: string, number: string, args?: readonly string[]): Program;
  startBaresip(letter: Letter, answers: boolean): Promise<Baresip>;
}

/** P and the phones of a file, for all its tests: each begins with idle phones and an empty trace. */
export function onStage({ area, way = "udp", phones }: StageOptions): Stage {
  endAllPrograms();
  const at = (host: number) => `127.48.${area}.${host}`;
  const server = at(1);
  const places: Readonly<Record<Letter, string>> = { A: at(2), B: at(3), C: at(4) };
  /** Where SIPp and baresip stand when they play that person: beside the phone, whose port is taken. */
  const guests: Readonly<Record<Letter, string>> = { A: at(12), B: at(13), C: at(14) };
  const started = new Map<Letter, PhoneProcess>();
  let proxy: ProxyServer;

  async function startPhone(letter: Letter, config: Config, trusted: string): Promise<PhoneProcess> {
    const data = temporaryFolder("flows-phone");
    const folder = join(data, "data", "certificates", "trusted");
    mkdirSync(folder, { recursive: true });
    if (trusted !== "") writeFileSync(join(folder, "authority.pem"), trusted);
    const transport = { udp: {}, tcp: { "sip_server.1.transport_type": 1 }, tls: { "sip_server.1.transport_type": 2 } };
    return PhoneProcess.start({
      address: places[letter],
      panelPort: 7580 + 4 * area + "ABC".indexOf(letter),
      data,
      config: { ...account(server, numbers[letter], "none", transport[way]), ...config },
    });
  }

  beforeAll(async () => {
    const both = [...Object.entries(places), ...Object.entries(guests)];
    const authority = way === "tls" ? new Authority("Flows") : undefined;
    const pair = authority?.issue({ commonName: "P", subjectAltName: `IP:${server}` });
    proxy = await ProxyServer.start({
      address: server,
      collector: { address: at(9), port: 9060 },
      parties: both,
      places: Object.fromEntries(
        Object.entries(guestNumbers).map(([letter, number]) => [number, `${guests[letter as Letter]}:5060`]),
      ),
      way,
      ...(pair === undefined ? {} : { pair }),
    });
    const letters = Object.keys(phones) as Letter[];
    await Promise.all(
      letters.map(async (letter) =>
        started.set(letter, await startPhone(letter, phones[letter] ?? {}, authority?.own.certificate ?? "")),
      ),
    );
    for (const letter of letters) {
      await proxy.registered(letter);
      await started.get(letter)?.seen("idle", (s) => s.screen.id === "idle");
    }
    await pause(100);
    proxy.trace.clear();
  });
  afterAll(async () => {
    for (const phone of started.values()) expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
    expect(proxy.log).not.toContain("INSANE");
    await proxy.stop();
  });
  afterEach(async () => {
    for (const phone of started.values()) {
      expect(phone.program.alive, phone.program.output.slice(-3000)).toBe(true);
      await phone.hook(false);
      await phone.endCalls();
    }
    await pause(150);
    proxy.trace.clear();
  });

  const playSipp = (letter: Letter, scenario: string, options: Partial<SippOptions> = {}) =>
    sipp({ scenario: `../flows/sipp/${scenario}`, address: guests[letter], echo: true, ...options });

  const phone = (letter: Letter) => {
    const found = started.get(letter);
    if (found === undefined) throw new Error(`no phone ${letter} on this stage`);
    return found;
  };
  return {
    server,
    get proxy() {
      return proxy;
    },
    get trace() {
      return proxy.trace;
    },
    phone,
    playSipp,
    sippCalls: (letter, scenario, number, args = []) =>
      playSipp(letter, scenario, { target: server, args: ["-s", number, ...args] }),
    startBaresip(letter, answers) {
      const says = sayings[letter];
      const long = new Int16Array(16 * says.length);
      for (let n = 0; n < 16; n++) long.set(says, n * says.length);
      return Baresip.start({
        address: guests[letter],
        codec: "PCMU",
        says: convertRate(long, 16_000, 8000),
        rateHz: 8000,
        answers,
        account: `<sip:${guestNumbers[letter]}@${server}>;regint=0;outbound="sip:${server}"`,
      });
    },
  };
}

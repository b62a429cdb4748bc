/** The 49 messages of RFC 4475 thrown at the running phone as datagrams: it lives, and answers what asks for an answer. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fresh, RawUdp } from "./kit/raw-sip.ts";
import { onTheWire, pause, phoneAddress } from "./kit/wire.ts";

/**
 * What RFC 4475 lets a user agent answer to each of its messages, for one that is no registrar and has no extensions;
 * nothing for what must be dropped. 180 is the call that rings.
 */
const rightAnswers: Readonly<Record<string, readonly number[]>> = {
  // §3.1.1: valid.
  wsinv: [481],
  intmeth: [405, 501],
  esc01: [180],
  escnull: [405],
  esc02: [405, 501],
  lwsdisp: [200],
  longreq: [180],
  dblreq: [405],
  semiuri: [200],
  transports: [200],
  mpart01: [405],
  unreason: [],
  noreason: [],
  // §3.1.2: invalid.
  badinv01: [400],
  clerr: [400],
  ncl: [400],
  badcseq: [400],
  scalar02: [400],
  scalarlg: [],
  quotbal: [400],
  ltgtruri: [400],
  lwsruri: [400],
  lwsstart: [400],
  trws: [400],
  escruri: [400],
  baddate: [400],
  regbadct: [400, 405],
  badaspec: [400],
  baddn: [400, 200],
  badvers: [505],
  mismatch01: [400],
  mismatch02: [400, 501],
  bigcode: [],
  // §3.2: transaction layer.
  badbranch: [400, 200],
  // §3.3: application layer.
  insuf: [400],
  unkscm: [416],
  novelsc: [416],
  unksm2: [405],
  bext01: [420],
  invut: [415],
  regaut01: [405],
  multi01: [400],
  mcl01: [400],
  bcast: [],
  zeromf: [200, 483],
  cparam01: [405],
  cparam02: [405],
  regescrt: [405],
  sdp01: [180, 406, 488],
  // §3.4: backward compatibility.
  inv2543: [180],
};

describe("torture", () => {
  const wire = onTheWire();
  const { ask } = wire;

  describe("RFC 4475", () => {
    const folder = new URL("../../node_modules/sip/test/messages/", import.meta.url);
    const names = readdirSync(folder)
      .filter((name) => name.endsWith(".dat"))
      .map((name) => name.slice(0, -4))
      // These two are the package's own.
      .filter((name) => name !== "test" && name !== "baddn_sep");

    it("the corpus is whole", () => expect([...names].sort()).toEqual(Object.keys(rightAnswers).sort()));

    it.each(Object.entries(rightAnswers))("RFC 4475 §3: %s is answered as it says", async (name, right) => {
      // Several of them have the same branch, by which one would be the repetition of another.
      const text = readFileSync(new URL(`${name}.dat`, folder), "latin1").replace(
        /z9hG4bKkdjuw\w*/,
        `z9hG4bK${fresh()}`,
      );
      // Via names an address of documentation: the answer goes to where the message came from, at the port of Via.
      const port = Number(
        /^v(?:ia)?\s*:\s*SIP\s*\/\s*2\.0\s*\/\s*\w+\s+[^\s:;,]+(?::(\d+))?/im.exec(text)?.[1] ?? 5060,
      );
      const peer = await RawUdp.open(`127.44.3.${1 + names.indexOf(name)}`, port);
      try {
        await peer.send(text, phoneAddress);
        if (right.length === 0) {
          expect((await ask("OPTIONS")).status).toBe(200);
          await pause(100);
          expect(peer.heard).toEqual([]);
        } else {
          const answer = await peer.next("an answer", (m) => m.status > 100);
          expect(right).toContain(answer.status);
          expect(answer.headers.has("via")).toBe(true);
          expect((await ask("OPTIONS")).status).toBe(200);
        }
      } finally {
        await wire.phone.endCalls();
        peer.close();
      }
    });
  });
});

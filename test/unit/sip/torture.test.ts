/** All 49 messages of RFC 4475, as the npm package `sip` ships them: what each must become. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { parseMessage } from "../../../src/sip/parse.ts";

const folder = new URL("../../../node_modules/sip/test/messages/", import.meta.url);
const read = (name: string) => readFileSync(new URL(`${name}.dat`, folder));

function accepted(name: string): SipRequest | SipResponse {
  const parsed = parseMessage(read(name));
  if (!parsed.ok) throw new Error(`${name} was refused: ${parsed.why}`);
  return parsed.message;
}

function acceptedRequest(name: string): SipRequest {
  const message = accepted(name);
  if (!(message instanceof SipRequest)) throw new Error(`${name} is no request`);
  return message;
}

function acceptedResponse(name: string): SipResponse {
  const message = accepted(name);
  if (!(message instanceof SipResponse)) throw new Error(`${name} is no response`);
  return message;
}

const valid: Record<string, (name: string) => void> = {
  wsinv: (name) => {
    const m = acceptedRequest(name);
    expect(m.uri).toBe("sip:vivekg@chair-dnrc.example.com;unknownparam");
    expect(m.to.uri).toBe("sip:vivekg@chair-dnrc.example.com");
    expect(m.to.tag).toBe("1918181833n");
    expect(m.from.displayName).toBe('J Rosenberg \\"');
    expect(m.from.tag).toBe("98asjd8");
    expect(m.maxForwards).toBe(68);
    expect(m.cseq).toEqual({ number: 9, method: "INVITE" });
    expect(m.vias.map((v) => [v.transport, v.host, v.branch])).toEqual([
      ["UDP", "192.0.2.2", "390skdjuw"],
      ["TCP", "spindle.example.com", "z9hG4bK9ikj8"],
      ["UDP", "192.168.255.111", "z9hG4bK30239"],
    ]);
    expect(m.header("Subject")).toBe("");
    expect(m.header("newfangledheader")).toBe("newfangled value continued newfangled value");
    expect(m.header("UnknownHeaderWithUnusualValue")).toBe(";;,,;;,;");
    expect(m.routes.map((r) => [r.uri, r.parsedUri?.isLooseRouter])).toEqual([
      ["sip:services.example.com;lr;unknownwith=value;unknown-no-value", true],
    ]);
    expect(m.contacts[0]?.displayName).toBe('Quoted string ""');
    expect([...(m.contacts[0]?.params ?? [])]).toEqual([
      ["newparam", "newvalue"],
      ["secondparam", ""],
      ["q", "0.33"],
    ]);
    expect(m.body.length).toBe(150);
  },
  intmeth: (name) => {
    const m = acceptedRequest(name);
    expect(m.method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
    expect(m.cseq).toEqual({ number: 139122385, method: m.method });
    expect(m.requestUri?.user).toBe("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    expect(m.requestUri?.password).toBe("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
    expect(m.requestUri?.host).toBe("example.com");
    expect(m.to.displayName).toBe("BEL:\u0007 NUL:\0 DEL:\u007f");
    expect(m.from.displayName).toBe("token1~` token2'+_ token3*%!.-");
    expect(m.from.params.get("fromparam''~+*_!.-%")).toBe("работающий");
    expect(m.from.tag).toBe("_token~1'+`*%!-.");
    expect(m.via?.branch).toBe("z9hG4bK-.!%66*_+`'~");
    expect(m.callId).toBe("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
    expect(m.header("extensionHeader-!.%*+_`'~")).toBe("\ufeff大停電");
    expect(m.maxForwards).toBe(255);
  },
  esc01: (name) => {
    const m = acceptedRequest(name);
    expect(m.uri).toBe("sip:sips%3Auser%40example.com@example.net");
    expect(m.requestUri?.user).toBe("sips:user@example.com");
    expect(m.requestUri?.host).toBe("example.net");
    expect(m.requestUri?.scheme).toBe("sip");
    expect(m.to.parsedUri?.user).toBe("user");
    expect(m.from.parsedUri?.user).toBe("I have spaces");
    const contact = m.contacts[0]?.parsedUri;
    expect(contact?.user).toBe("caller");
    // Escapes are resolved once: %25%34%31 is the three characters %41.
    expect([...(contact?.params ?? [])]).toEqual([
      ["lr", ""],
      ["name", "value%41"],
    ]);
    expect(contact?.isLooseRouter).toBe(true);
  },
  escnull: (name) => {
    const m = acceptedRequest(name);
    expect(m.to.parsedUri?.user).toBe("null-\0-null");
    expect(m.contacts.map((c) => c.parsedUri?.user)).toEqual(["\0", "\0\0"]);
    expect(m.contacts.map((c) => c.uri)).toEqual(["sip:%00@host5.example.com", "sip:%00%00@host5.example.com"]);
    expect(m.body.length).toBe(0);
  },
  esc02: (name) => {
    const m = acceptedRequest(name);
    // Neither a REGISTER nor a third Contact: % is a plain token character there.
    expect(m.method).toBe("RE%47IST%45R");
    expect(m.to.displayName).toBe("%Z%45");
    expect(m.via?.branch).toBe("z9hG4bK209%fzsnel234");
    expect(m.contacts.map((c) => c.parsedUri?.user)).toEqual(["alias1", "alias3"]);
    expect(m.header("C%6Fntact")).toBe("<sip:alias2@host2.example.com>");
  },
  lwsdisp: (name) => {
    const m = acceptedRequest(name);
    expect(m.from.displayName).toBe("caller");
    expect(m.from.uri).toBe("sip:caller@example.com");
    expect(m.from.tag).toBe("323");
  },
  longreq: (name) => {
    const m = acceptedRequest(name);
    expect(m.vias.length).toBe(34);
    expect(m.vias.map((v) => v.host).slice(0, 2)).toEqual(["sip33.example.com", "sip32.example.com"]);
    expect(m.vias.at(-1)?.received).toBe("192.0.2.5");
    expect(m.to.displayName).toMatch(/^I have a user name of extreme(extreme)+ proportion$/);
    expect(m.from.parsedUri?.user).toMatch(/^(amazinglylongcallername){5}$/);
    expect(m.callId).toMatch(/^longreq\.one(really)+longcallid$/);
    expect(m.body.length).toBe(150);
  },
  dblreq: (name) => {
    const m = acceptedRequest(name);
    expect(m.method).toBe("REGISTER");
    expect(m.callId).toBe("dblreq.0ha0isndaksdj99sdfafnl3lk233412");
    expect(m.body.length).toBe(0);
  },
  semiuri: (name) => {
    const m = acceptedRequest(name);
    expect(m.uri).toBe("sip:user;par=u%40example.net@example.com");
    expect(m.requestUri?.user).toBe("user;par=u@example.net");
    expect(m.requestUri?.params.size).toBe(0);
    expect(m.values("Accept").length).toBe(6);
  },
  transports: (name) => {
    expect(acceptedRequest(name).vias.map((v) => v.transport)).toEqual(["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
  },
  mpart01: (name) => {
    const m = acceptedRequest(name);
    expect(m.method).toBe("MESSAGE");
    expect(m.contentType).toBe("multipart/mixed");
    expect(m.body.length).toBe(553);
    expect(m.bodyText).toContain("Hello");
  },
  unreason: (name) => {
    const m = acceptedResponse(name);
    expect(m.status).toBe(200);
    expect(m.reason).toBe("= 2**3 * 5**2 но сто девяносто девять - простое");
  },
  noreason: (name) => {
    const m = acceptedResponse(name);
    expect(m.status).toBe(100);
    expect(m.reason).toBe("");
  },
};

/** Status to answer and why; undefined: dropped, for it is a response. */
const invalid: Record<string, readonly [status: number | undefined, why: RegExp]> = {
  badinv01: [400, /Via/],
  clerr: [400, /Content-Length/],
  ncl: [400, /Content-Length/],
  scalar02: [400, /CSeq/],
  scalarlg: [undefined, /CSeq/],
  quotbal: [400, /To/],
  ltgtruri: [400, /Request-URI/],
  lwsruri: [400, /Request-URI/],
  lwsstart: [400, /Request-URI/],
  trws: [400, /request line/],
  escruri: [400, /headers in Request-URI/],
  baddate: [400, /Date/],
  regbadct: [400, /Contact/],
  badaspec: [400, /To/],
  baddn: [400, /From/],
  badvers: [505, /SIP\/7\.0/],
  mismatch01: [400, /CSeq/],
  mismatch02: [400, /CSeq/],
  bigcode: [undefined, /response code/],
  // A later addition to the set, beside the 49.
  badcseq: [400, /CSeq/],
};

/** Well-formed enough to be read; what they want is refused by whoever serves them. */
const application: Record<string, (name: string) => void> = {
  badbranch: (name) => {
    const m = acceptedRequest(name);
    // The cookie alone: no identifier of a transaction of RFC 3261 (§3.2.1).
    expect(m.via?.branch).toBe("z9hG4bK");
  },
  insuf: (name) => {
    const parsed = parseMessage(read(name));
    expect(parsed).toMatchObject({ ok: false, status: 400, why: "no From" });
    const request = parsed.ok ? undefined : parsed.message;
    expect(request?.problem()).toEqual({ status: 400, why: "no From" });
    expect(request?.cseq.number).toBe(193942);
    expect(request?.via?.branch).toBe("z9hG4bKkdj.insuf");
  },
  unkscm: (name) => {
    const m = acceptedRequest(name);
    // 416 is the user agent's answer; the scheme is what tells it.
    expect(m.requestUri?.scheme).toBe("nobodyknowsthisscheme");
    expect(m.requestUri?.text).toBe("nobodyKnowsThisScheme:totallyopaquecontent");
  },
  novelsc: (name) => {
    const m = acceptedRequest(name);
    expect(m.requestUri?.scheme).toBe("soap.beep");
    expect(m.uri).toBe("soap.beep://192.0.2.103:3002");
  },
  unksm2: (name) => {
    const m = acceptedRequest(name);
    expect(m.to.parsedUri?.scheme).toBe("isbn");
    expect(m.from.uri).toBe("http://www.example.com");
    expect(m.from.parsedUri?.scheme).toBe("http");
    expect(m.contacts[0]?.uri).toBe("name:John_Smith");
  },
  bext01: (name) => {
    const m = acceptedRequest(name);
    expect(m.values("Require")).toEqual(["nothingSupportsThis", "nothingSupportsThisEither"]);
    expect(m.values("Proxy-Require")).toEqual(["noProxiesSupportThis", "norDoAnyProxiesSupportThis"]);
  },
  invut: (name) => {
    const m = acceptedRequest(name);
    expect(m.contentType).toBe("application/unknownformat");
    expect(m.body.length).toBe(40);
  },
  regaut01: (name) => {
    expect(acceptedRequest(name).values("Authorization")).toEqual(["NoOneKnowsThisScheme opaque-data=here"]);
  },
  multi01: (name) => {
    const parsed = parseMessage(read(name));
    expect(parsed).toMatchObject({ ok: false, status: 400 });
    expect(parsed.ok ? "" : parsed.why).toMatch(/^more than one /);
    expect(parsed.ok ? undefined : parsed.message?.method).toBe("INVITE");
  },
  mcl01: (name) => {
    expect(parseMessage(read(name))).toMatchObject({ ok: false, status: 400, why: "more than one Content-Length" });
  },
  bcast: (name) => {
    const m = acceptedResponse(name);
    // Two Vias: not a response to us alone, which the transaction layer drops (§3.3.10).
    expect(m.vias.map((v) => v.host)).toEqual(["192.0.2.198", "255.255.255.255"]);
  },
  zeromf: (name) => {
    expect(acceptedRequest(name).maxForwards).toBe(0);
  },
  cparam01: (name) => {
    const contact = acceptedRequest(name).contacts[0];
    expect(contact?.uri).toBe("sip:+19725552222@gw1.example.net");
    expect([...(contact?.params ?? [])]).toEqual([["unknownparam", ""]]);
  },
  cparam02: (name) => {
    const contact = acceptedRequest(name).contacts[0];
    expect(contact?.uri).toBe("sip:+19725552222@gw1.example.net;unknownparam");
    expect(contact?.params.size).toBe(0);
  },
  regescrt: (name) => {
    const contact = acceptedRequest(name).contacts[0];
    expect(contact?.uri).toBe("sip:user@example.com?Route=%3Csip:sip.example.com%3E");
    expect(contact?.parsedUri?.headers).toEqual([["route", "<sip:sip.example.com>"]]);
  },
  sdp01: (name) => {
    expect(acceptedRequest(name).values("Accept")).toEqual(["text/nobodyKnowsThis"]);
  },
  inv2543: (name) => {
    const m = acceptedRequest(name);
    // RFC 2543: no tag, no branch, no Max-Forwards, no Content-Length.
    expect(m.from.tag).toBeUndefined();
    expect(m.via?.branch).toBeUndefined();
    expect(m.maxForwards).toBeUndefined();
    expect(m.recordRoutes[0]?.parsedUri?.params.get("maddr")).toBe("ss1.example.com");
    expect(m.body.length).toBe(105);
  },
};

describe("RFC 4475 §3.1.1: valid messages are read", () => {
  for (const [name, check] of Object.entries(valid)) test(name, () => check(name));
});

describe("RFC 4475 §3.1.2: invalid messages are refused", () => {
  for (const [name, [status, why]] of Object.entries(invalid))
    test(name, () => {
      const parsed = parseMessage(read(name));
      expect(parsed.ok).toBe(false);
      if (parsed.ok) return;
      expect(parsed.why).toMatch(why);
      if (status === undefined) expect(parsed.message).toBeUndefined();
      else {
        expect(parsed.status).toBe(status);
        // There is something to answer.
        expect(SipResponse.to(parsed.message ?? new SipRequest("", ""), status).header("Via")).toBeDefined();
        expect(parsed.message?.callId).not.toBe("");
      }
    });
});

describe("RFC 4475 §3.2 to §3.4: messages for higher layers", () => {
  for (const [name, check] of Object.entries(application)) test(name, () => check(name));
});

describe("RFC 4475 as a whole", () => {
  test("the tables name every message that is shipped", () => {
    const named = new Set([...Object.keys(valid), ...Object.keys(invalid), ...Object.keys(application)]);
    // Two files of the package are no messages of the RFC: a line end, and a leftover of its author.
    const shipped = readdirSync(folder).flatMap((file) => (file.endsWith(".dat") ? file.slice(0, -4) : []));
    const rest = shipped.filter((name) => !named.has(name));
    expect(rest.sort()).toEqual(["baddn_sep", "test"]);
    expect(named.size - 1).toBe(49);
  });

  test("what was read is written and read again with the same headers and body", () => {
    for (const name of [...Object.keys(valid), "cparam01", "bext01", "bcast", "unksm2", "inv2543"]) {
      const first = accepted(name);
      for (const compact of [false, true]) {
        const again = parseMessage(first.toBytes({ compact }));
        if (!again.ok) throw new Error(`${name}: ${again.why}`);
        expect(again.message.startLine).toBe(first.startLine);
        expect(Buffer.from(again.message.body).equals(Buffer.from(first.body))).toBe(true);
        const values = (m: SipRequest | SipResponse) =>
          m.fields.entries().flatMap(([n, v]) => (/^(l|content-length)$/i.test(n) ? [] : [v]));
        expect(values(again.message)).toEqual(values(first));
      }
    }
  });

  test("cut off or with a byte changed anywhere, each is read or refused, never thrown at", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >>> 8) % below;
    };
    for (const name of [...Object.keys(valid), ...Object.keys(invalid), ...Object.keys(application)])
      for (let i = 0; i < 60; i++) {
        const bytes = Buffer.from(read(name));
        const at = random(bytes.length);
        bytes[at] = random(256);
        const cut = bytes.subarray(0, i % 3 === 0 ? random(bytes.length + 1) : bytes.length);
        try {
          const parsed = parseMessage(cut);
          const message = parsed.ok ? parsed.message : parsed.message;
          if (message === undefined) continue;
          void [message.via, message.vias, message.from, message.to, message.contacts, message.routes, message.cseq];
          void [message.expires, message.maxForwards, message.contentType, message.bodyText, message.problem()];
          if (message instanceof SipRequest) SipResponse.to(message, 400, undefined, "x").toBytes();
          expect(message.toBytes().length).toBeGreaterThan(0);
        } catch (error) {
          throw new Error(`${name}, byte ${at}, seed ${seed}: ${String(error)}`);
        }
      }
  });
});

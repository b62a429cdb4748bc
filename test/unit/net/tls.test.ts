/** TLS on loopback addresses, with certificates made for the purpose: what `base/network.ts` promises of it, feature rows SEC-01 to SEC-04, RFC 5922. */
import { connect as connectTcp, type Socket } from "node:net";
import { createServer, connect as nodeConnect, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { reasonOf } from "../../../src/base/error.ts";
import type { Endpoint, StreamListener, StreamSocket } from "../../../src/base/network.ts";
import { selfSigned } from "../../../src/net/self-signed.ts";
import { TlsNetwork } from "../../../src/net/tls.ts";
import type { TlsSettings } from "../../../src/net/tls-settings.ts";
import { Authority, type Pair } from "../../interop/kit/certificates.ts";
import { LoudLog } from "../sip/transaction-peers.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const here: Endpoint = { address: "127.31.2.1", port: 0 };
const own = selfSigned("Phone under test");
let right: Authority;
let wrong: Authority;
let server: Pair;

beforeAll(() => {
  right = new Authority("Right Authority");
  wrong = new Authority("Wrong Authority");
  server = right.issue({ commonName: "sip.test", subjectAltName: "DNS:sip.test,IP:127.31.2.2" });
});

function network(settings: Partial<TlsSettings> = {}) {
  const log = new LoudLog();
  const all: TlsSettings = {
    ...own,
    authorities: [right.own.certificate],
    clientAuthorities: [],
    clientMustShow: false,
    least: "TLSv1.2",
    ciphers: undefined,
    checkTrust: true,
    checkName: true,
    ...settings,
  };
  return Object.assign(new TlsNetwork(systemClock, log, async () => all), { log });
}

/** Node's own TLS server; echoes. */
function peer(pair: { certificate: string; key: string }, options: TlsOptions = {}): Promise<Endpoint> {
  return new Promise((resolve) => {
    const listening: Server = createServer(
      { cert: pair.certificate, key: pair.key, ...options },
      (socket: TLSSocket) => {
        socket.on("error", () => {});
        socket.on("data", (data) => socket.write(data));
      },
    );
    closers.push(() => listening.close());
    listening.listen(0, "127.31.2.2", () => {
      const at = listening.address();
      resolve({ address: "127.31.2.2", port: at !== null && typeof at === "object" ? at.port : 0 });
    });
  });
}

async function dial(to: Endpoint, name: string, settings: Partial<TlsSettings> = {}): Promise<StreamSocket> {
  const socket = await network(settings).connect(to, here, name, 3000);
  closers.push(() => socket.close());
  return socket;
}

/** Why the connection is refused, at once or, as TLS 1.3 has it, after it was made. */
async function refusal(to: Endpoint, name: string, settings: Partial<TlsSettings> = {}): Promise<string> {
  try {
    const socket = await dial(to, name, settings);
    return await new Promise<string>((resolve) => {
      socket.onClose = (error) => resolve(error === undefined ? "closed in order" : reasonOf(error));
    });
  } catch (error) {
    return reasonOf(error);
  }
}

function echo(socket: StreamSocket, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    socket.onData = (bytes) => {
      heard += Buffer.from(bytes).toString();
      if (heard.length >= text.length) resolve(heard);
    };
    socket.send(Buffer.from(text));
  });
}

describe("as client", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "SEC-01: %s with the right certificate carries bytes both ways",
    async (version) => {
      const at = await peer(server, { minVersion: version, maxVersion: version });
      const socket = await dial(at, "sip.test");
      const long = "x".repeat(100_000);
      expect(await echo(socket, long)).toBe(long);
      expect([socket.remote, socket.local.address]).toEqual([at, "127.31.2.1"]);
    },
  );

  test("SEC-01: the server is asked for by the name of the URI (SNI), a numeric one by none", async () => {
    const asked: string[] = [];
    const at = await peer(server, {
      SNICallback: (name, done) => {
        asked.push(name);
        done(null);
      },
    });
    await echo(await dial(at, "sip.test"), "a");
    await echo(await dial(at, "127.31.2.2"), "a");
    expect(asked).toEqual(["sip.test"]);
  });

  test("SEC-01: TLS 1.1 is refused, and said", async () => {
    const at = await peer(server, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" });
    expect(await refusal(at, "sip.test")).toMatch(/cannot connect to tls 127\.31\.2\.2:\d+: it speaks /);
    const socket = await dial(at, "sip.test", { least: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" });
    expect(await echo(socket, "old")).toBe("old");
  });

  test("SEC-01: the list of ciphers is offered; one that names none is said and left out", async () => {
    const at = await peer(server, { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" });
    expect(await echo(await dial(at, "sip.test", { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }), "a")).toBe("a");
    expect(await refusal(at, "sip.test", { ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" })).toMatch(/no common cipher/);
    const odd = network({ ciphers: "EXP-RC4-MD5" });
    const socket = await odd.connect(at, here, "sip.test", 3000);
    closers.push(() => socket.close());
    expect(odd.log.lines.join()).toMatch(/security\.tls_cipher_list names no cipher/);
  });

  test("SEC-02: an issuer that is not trusted, and a certificate signed by itself, are named", async () => {
    const at = await peer(wrong.issue({ commonName: "sip.test", subjectAltName: "DNS:sip.test" }));
    expect(await refusal(at, "sip.test")).toMatch(
      /^sip\.test: its certificate is refused: it was issued by nobody who is trusted \(Wrong Authority\) \(tls 127\.31\.2\.2:\d+\)$/,
    );
    expect(await refusal(await peer(selfSigned("sip.test")), "sip.test")).toMatch(/it is signed by itself/);
    expect(await echo(await dial(at, "sip.test", { authorities: [wrong.own.certificate] }), "a")).toBe("a");
  });

  test("SEC-02: trust_certificates 0 takes any certificate, whatever its name", async () => {
    const at = await peer(selfSigned("somebody"));
    const socket = await dial(at, "sip.test", { checkTrust: false });
    expect(await echo(socket, "a")).toBe("a");
    expect(socket.standsFor?.("anything")).toBe(true);
  });

  test("SEC-02: an expired certificate is refused with its day", async () => {
    const at = await peer(right.issue({ commonName: "sip.test", subjectAltName: "DNS:sip.test", days: -1 }));
    expect(await refusal(at, "sip.test")).toMatch(/its certificate is refused: it expired on \d{4}-\d\d-\d\d \(tls/);
  });

  test("SEC-03: a certificate for others is refused, and both names are said", async () => {
    const at = await peer(right.issue({ commonName: "sip.test", subjectAltName: "DNS:other.test,DNS:*.sip.test" }));
    expect(await refusal(at, "sip.test")).toMatch(
      /it is for other\.test, \*\.sip\.test \(SIP allows no wildcards\), not for sip\.test/,
    );
    expect(await refusal(at, "a.sip.test")).toMatch(/not for a\.sip\.test/);
    expect(await echo(await dial(at, "sip.test", { checkName: false }), "a")).toBe("a");
  });

  test("SEC-03: what an open connection stands for is known", async () => {
    const socket = await dial(await peer(server), "SIP.test");
    expect(["sip.test", "127.31.2.2", "other.test"].map((name) => socket.standsFor?.(name))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "SEC-04: %s: a server that wants a certificate gets ours, and is named where it refuses it",
    async (version) => {
      const device = right.issue({ commonName: "00:15:65:00:00:01" });
      const wanting = {
        requestCert: true,
        rejectUnauthorized: true,
        ca: right.own.certificate,
        minVersion: version,
        maxVersion: version,
      };
      const at = await peer(server, wanting);
      expect(await echo(await dial(at, "sip.test", device), "a")).toBe("a");
      // Node as server says nothing by TLS 1.3, where OpenSSL's own sends an alert: that is seen with Kamailio.
      const why = await refusal(at, "sip.test");
      if (version === "TLSv1.3") expect(why).toBe("closed in order");
      else expect(why).toMatch(/tls 127\.31\.2\.2:\d+.*(?:certificate|closed|reset)/);
    },
  );

  test("a server that is not there, one that speaks no TLS and one that says nothing are named in time", async () => {
    expect(await refusal({ address: "127.31.2.9", port: 5061 }, "sip.test")).toBe(
      "cannot connect to tls 127.31.2.9:5061: refused",
    );
    const { createServer: createTcp } = await import("node:net");
    const plain = createTcp((socket) => socket.end("SIP/2.0 400 Bad\r\n\r\n")).listen(0, "127.31.2.2");
    const silent = createTcp(() => {}).listen(0, "127.31.2.2");
    closers.push(
      () => plain.close(),
      () => silent.close(),
    );
    await Promise.all([plain, silent].map((each) => new Promise((resolve) => each.once("listening", resolve))));
    const portOf = (each: typeof plain) => {
      const at = each.address();
      return { address: "127.31.2.2", port: at !== null && typeof at === "object" ? at.port : 0 };
    };
    expect(await refusal(portOf(plain), "sip.test")).toMatch(/it does not speak TLS there/);
    await expect(network().connect(portOf(silent), here, "sip.test", 200)).rejects.toThrow("no answer within 200 ms");
  });
});

describe("as server", () => {
  async function listen(settings: Partial<TlsSettings> = {}) {
    const made = network({ ...server, ...settings });
    const listener: StreamListener = await made.listen({ address: "127.31.2.3", port: 0 });
    closers.push(() => listener.close());
    const taken: StreamSocket[] = [];
    listener.onConnection = (socket) => {
      taken.push(socket);
      closers.push(() => socket.close());
      socket.onData = (bytes) => socket.send(bytes);
    };
    return { listener, taken, log: made.log };
  }

  function raw(to: Endpoint, localAddress = "127.31.2.1"): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = connectTcp({ host: to.address, port: to.port, localAddress }, () => resolve(socket));
      closers.push(() => socket.destroy());
    });
  }

  test("SEC-01: answers with this phone's certificate", async () => {
    const { listener, taken } = await listen();
    const socket = await dial(listener.local, "sip.test");
    expect(await echo(socket, "hello")).toBe("hello");
    expect(taken.length).toBe(1);
  });

  test("SEC-04: a client's certificate is looked at where authorities are loaded; a wrong one is refused by name", async () => {
    const { listener, taken, log } = await listen({ clientAuthorities: [right.own.certificate] });
    const friend = right.issue({ commonName: "proxy.test", subjectAltName: "DNS:proxy.test" });
    expect(await echo(await dial(listener.local, "sip.test", friend), "a")).toBe("a");
    expect(taken[0]?.standsFor?.("proxy.test")).toBe(true);
    await refusal(
      listener.local,
      "sip.test",
      wrong.issue({ commonName: "evil.test", subjectAltName: "DNS:evil.test" }),
    );
    expect(log.lines.join()).toMatch(
      /refused: the certificate of evil\.test was issued by nobody who is trusted \(Wrong Authority\)/,
    );
    expect(taken.length).toBe(1);
  });

  test("SEC-04: where a certificate is demanded, a client without one is refused", async () => {
    const { listener, taken, log } = await listen({ clientAuthorities: [right.own.certificate], clientMustShow: true });
    const bare = nodeConnect({ host: listener.local.address, port: listener.local.port, rejectUnauthorized: false });
    closers.push(() => bare.destroy());
    bare.on("error", () => {});
    await new Promise((resolve) => bare.once("close", resolve));
    expect(log.lines.join()).toMatch(/refused: it shows no certificate/);
    expect(taken).toEqual([]);
  });

  test("half-open handshakes of one source are bounded, and others still get in", async () => {
    const { listener, taken } = await listen();
    const sockets = await Promise.all(Array.from({ length: 40 }, () => raw(listener.local)));
    let closed = 0;
    await new Promise<void>((resolve) => {
      for (const socket of sockets) {
        socket.on("error", () => {});
        socket.on("close", () => {
          closed++;
          if (closed === 32) resolve();
        });
        socket.resume();
      }
    });
    const friend = await network().connect(listener.local, { address: "127.31.2.4", port: 0 }, "sip.test", 3000);
    closers.push(() => friend.close());
    expect(await echo(friend, "a")).toBe("a");
    expect([taken.length, closed]).toEqual([1, 32]);
  });

  test("half-open handshakes from many sources keep nobody out", async () => {
    const { listener, taken } = await listen();
    const sockets: Socket[] = [];
    for (let source = 10; source < 30; source++)
      for (let n = 0; n < 8; n++) sockets.push(await raw(listener.local, `127.31.2.${source}`));
    for (const socket of sockets) socket.on("error", () => {}).resume();
    const friend = await network().connect(listener.local, { address: "127.31.2.4", port: 0 }, "sip.test", 3000);
    closers.push(() => friend.close());
    expect(await echo(friend, "a")).toBe("a");
    expect(taken.length).toBe(1);
  });

  test("NET-24: a port in use is named", async () => {
    const { listener } = await listen();
    await expect(network().listen(listener.local)).rejects.toThrow(
      `port ${listener.local.port} of 127.31.2.3 is in use`,
    );
  });
});

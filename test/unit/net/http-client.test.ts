/** HTTP and HTTPS on loopback: what action URLs rely on (API-06, SEC-02, SEC-03). */
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { reasonOf } from "../../../src/base/error.ts";
import { NodeHttpClient } from "../../../src/net/http-client.ts";
import { selfSigned } from "../../../src/net/self-signed.ts";
import type { TlsSettings } from "../../../src/net/tls-settings.ts";
import { Authority, type Pair } from "../../interop/kit/certificates.ts";
import { LoudLog } from "../sip/transaction-peers.ts";

const address = "127.42.1.1";
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const own = selfSigned("Phone under test");
let right: Authority;
let pair: Pair;
beforeAll(() => {
  right = new Authority("Right Authority");
  pair = right.issue({ commonName: "web.test", subjectAltName: "DNS:*.web.test" });
});

async function serve(listener: RequestListener, tls?: Pair): Promise<number> {
  const server =
    tls === undefined ? createServer(listener) : createSecureServer({ cert: tls.certificate, key: tls.key }, listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}

function client(settings: Partial<TlsSettings> = {}) {
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
  const resolver = {
    addresses: async (host: string) => {
      if (!host.endsWith("web.test")) throw new Error(`${host} does not exist`);
      return [address];
    },
  };
  return new NodeHttpClient({
    clock: systemClock,
    log: new LoudLog(),
    resolver,
    load: async () => all,
    userAgent: "Offhook test",
  });
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "fetched",
    (error: unknown) => reasonOf(error),
  );

describe("HTTP requests", () => {
  it("API-06: a GET with our name, by our own resolver; the status comes back, whatever the body", async () => {
    const seen: string[] = [];
    const port = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers["user-agent"]}`);
      response.writeHead(404).write("x".repeat(100_000));
    });
    expect(await client().get(`http://a.web.test:${port}/x?y=1%202`, 2000)).toBe(404);
    expect(seen).toEqual([`GET /x?y=1%202 a.web.test:${port} Offhook test`]);
  });

  it("API-06: name and password of the address go along, and stand in no error", async () => {
    const seen: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    expect(await client().get(`http://anna:secret@${address}:${port}/`, 2000)).toBe(200);
    expect(seen).toEqual([`Basic ${Buffer.from("anna:secret").toString("base64")}`]);
    expect(await refusal(client().get("http://anna:secret@nowhere.test/x?k=1", 2000))).toBe(
      "nowhere.test does not exist",
    );
    expect(await refusal(client().get("ftp://anna:secret@h/x", 2000))).toBe(
      '"ftp://h/x" is no address of http or https',
    );
  });

  it("API-06: three redirections are followed, a loop is not, nor one out of TLS", async () => {
    const port = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end();
      else response.writeHead(302, { Location: `/${left - 1}` }).end();
    });
    expect(await client().get(`http://${address}:${port}/3`, 2000)).toBe(200);
    expect(await refusal(client().get(`http://${address}:${port}/9`, 2000))).toContain("leads on for ever");
    const secure = await serve((_request, response) => {
      response.writeHead(302, { Location: `http://${address}:${port}/0` }).end();
    }, pair);
    expect(await refusal(client().get(`https://a.web.test:${secure}/`, 2000))).toContain("which is not encrypted");
  });

  it("API-06: a server that does not answer is given up in time; one that is not there is named", async () => {
    const port = await serve(() => {});
    expect(await refusal(client().get(`http://${address}:${port}/x`, 100))).toBe(
      `cannot fetch http://${address}:${port}/x: no answer within 100 ms`,
    );
    expect(await refusal(client().get("http://127.42.1.2:9/", 2000))).toBe(
      "cannot fetch http://127.42.1.2:9/: refused",
    );
  });

  it("API-06: certificates are checked, for trust and name, as far as the configuration says", async () => {
    const port = await serve((_request, response) => response.end(), pair);
    const at = (host: string) => `https://${host}:${port}/`;
    expect(await client().get(at("a.web.test"), 2000)).toBe(200);
    expect(await refusal(client().get(at("web.test"), 2000))).toContain("its certificate is not for web.test");
    expect(await client({ checkName: false }).get(at("web.test"), 2000)).toBe(200);
    expect(await refusal(client({ authorities: [own.certificate] }).get(at("a.web.test"), 2000))).toContain(
      "its certificate is refused: it was issued by nobody who is trusted",
    );
    expect(await client({ authorities: [own.certificate], checkTrust: false }).get(at("web.test"), 2000)).toBe(200);
  });
});

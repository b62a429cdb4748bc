/**
 * HTTP and HTTPS requests on node:http and node:https (RFC 9110, RFC 2818): GET with a time limit, redirections, names by
 * our own resolver, certificates as everywhere. It reads no answer's body; files are fetched by others.
 */
import { type ClientRequest, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { isIP, isIPv6, type LookupFunction } from "node:net";
import { checkServerIdentity, connect } from "node:tls";
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { HttpClient } from "../base/http.ts";
import type { Log } from "../base/log.ts";
import type { Resolver } from "../base/network.ts";
import { NetworkError } from "./error.ts";
import { tlsError } from "./tls-error.ts";
import { makeContext, type TlsContext, type TlsSettings } from "./tls-settings.ts";

export interface HttpParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly resolver: Resolver;
  /** Called when the first certificate is to be judged, and again after `reload`; rejects with a sentence. */
  readonly load: () => Promise<TlsSettings>;
  /** Text of User-Agent. */
  readonly userAgent: string;
}

/** Redirections that are followed: loops are longer. */
const mostRedirections = 3;

export class NodeHttpClient implements HttpClient {
  readonly #parts: HttpParts;
  #context: Promise<TlsContext> | undefined;

  constructor(parts: HttpParts) {
    this.#parts = parts;
  }

  /** From the next request on, the TLS settings are read anew. */
  reload(): void {
    this.#context = undefined;
  }

  async get(address: string, timeoutMs: number): Promise<number> {
    const untilMs = this.#parts.clock.now() + timeoutMs;
    let url = parse(address);
    for (let turn = 0; ; turn++) {
      const { status, location } = await this.#once(url, untilMs - this.#parts.clock.now(), timeoutMs);
      if (location === undefined) return status;
      if (turn === mostRedirections) throw new NetworkError("failed", `${named(url)} leads on for ever`);
      const next = parse(new URL(location, url).href);
      // What was asked for over TLS is not to be said in the clear.
      if (url.protocol === "https:" && next.protocol !== "https:")
        throw new NetworkError("not-allowed", `${named(url)} leads to ${named(next)}, which is not encrypted`);
      url = next;
    }
  }

  async #once(url: URL, leftMs: number, timeoutMs: number): Promise<{ status: number; location: string | undefined }> {
    const context = url.protocol === "https:" ? await this.#ready() : undefined;
    return new Promise((resolve, reject) => {
      const request = this.#request(url, context);
      const limit = this.#parts.clock.after(Math.max(0, leftMs), () =>
        request.destroy(new NetworkError("timeout", `cannot fetch ${named(url)}: no answer within ${timeoutMs} ms`)),
      );
      request.on("error", (error) => {
        limit.cancel();
        reject(error instanceof NetworkError ? error : this.#explain(url, error));
      });
      request.on("response", (response) => {
        const status = response.statusCode ?? 0;
        const location = status >= 300 && status < 400 && status !== 304 ? response.headers.location : undefined;
        limit.cancel();
        // The status is all that is wanted: what follows may be endless.
        response.destroy();
        resolve({ status, location });
      });
      request.end();
    });
  }

  #request(url: URL, context: TlsContext | undefined): ClientRequest {
    const { userAgent } = this.#parts;
    // A connection each: these requests are minutes apart, and a dead connection that is kept costs a time-out.
    const headers = { "User-Agent": userAgent, Connection: "close" };
    if (context === undefined) return plainRequest(url, { agent: false, headers, lookup: this.#lookup });
    const { checkTrust, checkName } = context.settings;
    const host = url.hostname.replace(/^\[|\]$/g, "");
    return secureRequest(url, {
      headers,
      // Without an agent node takes this connection. With a context that is made once: reading all authorities again for each request would be heard.
      createConnection: () =>
        connect({
          host,
          port: portOf(url),
          lookup: this.#lookup,
          secureContext: context.client,
          rejectUnauthorized: checkTrust,
          servername: isIP(host) === 0 ? host : "",
          // HTTP's names, wildcards included (RFC 9110 §4.3.4), not those of SIP domains.
          checkServerIdentity: (_name, certificate) => (checkName ? checkServerIdentity(host, certificate) : undefined),
        }),
    });
  }

  /** As node asks: one address, or all. */
  readonly #lookup: LookupFunction = (host, options, done) => {
    this.#parts.resolver.addresses(host).then(
      (addresses) => {
        const [first = ""] = addresses;
        const family = (address: string) => (isIPv6(address) ? 6 : 4);
        if (options.all === true)
          done(
            null,
            addresses.map((address) => ({ address, family: family(address) })),
          );
        else done(null, first, family(first));
      },
      (error: unknown) => done(new NetworkError("no-such-host", reasonOf(error), { cause: error }), "", 0),
    );
  };

  #explain(url: URL, error: Error): NetworkError {
    const code = "code" in error && typeof error.code === "string" ? error.code : "";
    const what = `fetch ${named(url)}`;
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
      return new NetworkError("certificate", `cannot ${what}: its certificate is not for ${url.hostname}`, {
        cause: error,
      });
    const refused = refusals[code];
    if (refused !== undefined)
      return new NetworkError("certificate", `cannot ${what}: its certificate is refused: it ${refused}`, {
        cause: error,
      });
    return tlsError(what, { address: url.hostname, port: portOf(url) }, error);
  }

  #ready(): Promise<TlsContext> {
    if (this.#context === undefined) {
      const loading = this.#parts.load().then((settings) => makeContext(settings, this.#parts.log));
      this.#context = loading;
      // What failed may be mended: the next request asks again.
      loading.catch(() => {
        if (this.#context === loading) this.#context = undefined;
      });
    }
    return this.#context;
  }
}

/** What OpenSSL says of a certificate that node then does not accept. */
const refusals: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "is not valid yet; is the phone's clock right?",
  DEPTH_ZERO_SELF_SIGNED_CERT: "is signed by itself and not among those that are trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "was issued by an authority that is not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "was issued by nobody who is trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "was issued by nobody who is trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "was issued by nobody who is trusted",
  CERT_UNTRUSTED: "was issued by nobody who is trusted",
  CERT_REVOKED: "is revoked",
  CERT_SIGNATURE_FAILURE: "has a false signature",
  INVALID_PURPOSE: "was not made for this purpose",
};

/** http and https with a host; throws a NetworkError that names what it is instead. */
function parse(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === "")
    throw new NetworkError("failed", `"${withoutSecrets(address)}" is no address of http or https`);
  return url;
}

function portOf(url: URL): number {
  return url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
}

/** For people and logs: without user, password and what the query says. */
function named(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function withoutSecrets(address: string): string {
  return address.replace(/\/\/[^/@]*@/, "//").replace(/\?.*$/s, "");
}

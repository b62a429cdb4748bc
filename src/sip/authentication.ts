/**
 * When a challenge is answered and when it is not: RFC 3261 §22.1 to §22.3. The arithmetic is digest.ts; who sends the
 * request again is user-agent-exchange.ts.
 */
import type { Random } from "../base/network.ts";
import {
  type Challenge,
  type DigestCredentials,
  DigestSession,
  parseAuthenticationInfo,
  parseChallenges,
  strongestChallenges,
} from "./digest.ts";
import type { SipRequest, SipResponse } from "./message.ts";

/** What a challenge leads to: send again; the credentials are wrong; there is nothing in it that we can answer. */
export type ChallengeVerdict = "answer" | "refused" | "impossible";

/** Stale nonces in a row that one request puts up with. */
const mostStale = 3;
const mostServers = 64;

type Answer = "Authorization" | "Proxy-Authorization";

/** Sessions by header and realm, of one server. */
type Sessions = Map<string, { readonly header: Answer; readonly session: DigestSession }>;

/** One user name with its password, and the nonces that servers gave it. */
export class Authentication {
  readonly #credentials: DigestCredentials;
  readonly #random: Random;
  /** By address: what one server knows of us is nobody else's business. */
  readonly #servers = new Map<string, Sessions>();

  constructor(credentials: DigestCredentials, random: Random) {
    this.#credentials = credentials;
    this.#random = random;
  }

  /** The way of one request through challenges. */
  attempt(): AuthenticationAttempt {
    return new AuthenticationAttempt(this);
  }

  /** Adds an answer to each challenge that this server is known to make, so that it need not ask again (§22.3). */
  authorize(request: SipRequest, server: string): void {
    const sessions = this.#servers.get(server);
    if (sessions === undefined) return;
    const { method, uri, body } = request;
    for (const { header, session } of sessions.values())
      request.addHeader(header, session.authorize({ method, uri, body }));
  }

  learn(server: string, header: Answer, challenge: Challenge): void {
    let sessions = this.#servers.get(server);
    if (sessions === undefined) {
      sessions = new Map();
      const oldest = this.#servers.keys().next().value;
      if (this.#servers.size >= mostServers && oldest !== undefined) this.#servers.delete(oldest);
      this.#servers.set(server, sessions);
    }
    const key = `${header} ${challenge.realm}`;
    // The same nonce again goes on counting: a count that starts anew looks like a replay (RFC 7616 §3.4).
    if (sessions.get(key)?.session.challenge.nonce === challenge.nonce) return;
    const cnonce = Buffer.from(this.#random(8)).toString("hex");
    sessions.set(key, { header, session: new DigestSession(challenge, this.#credentials, cnonce) });
  }

  /**
   * What the server says behind a success (RFC 7616 §3.5, RFC 7615): a nonce for the next request, and whether it knows
   * the password as well. False: it does not, and its nonces are used no more. It is no reason to refuse the success:
   * servers in between change the Request-URI that it is made of.
   */
  hear(request: SipRequest, response: SipResponse, server: string): boolean {
    let known = true;
    for (const [name, header] of infoHeaders)
      for (const line of response.headers(name)) {
        const info = parseAuthenticationInfo(line);
        for (const [key, { header: answered, session }] of this.#servers.get(server) ?? []) {
          // Of several realms it names none: the client nonce tells whose it is.
          if (answered !== header || (info.cnonce !== undefined && info.cnonce !== session.cnonce)) continue;
          const confirmed = session.confirms(info, { uri: request.uri, body: response.body });
          if (confirmed === false) {
            this.#servers.get(server)?.delete(key);
            known = false;
          } else if (info.nextnonce !== undefined)
            this.learn(server, header, { ...session.challenge, nonce: info.nextnonce });
        }
      }
    return known;
  }

  forget(server: string): void {
    this.#servers.delete(server);
  }
}

export class AuthenticationAttempt {
  readonly #authentication: Authentication;
  /** How often each realm of each server was answered by this request, with a nonce that was new. */
  readonly #answered = new Map<string, number>();

  constructor(authentication: Authentication) {
    this.#authentication = authentication;
  }

  authorize(request: SipRequest, server: string): void {
    this.#authentication.authorize(request, server);
  }

  /** As `Authentication.hear`. */
  hear(request: SipRequest, response: SipResponse, server: string): boolean {
    return this.#authentication.hear(request, response, server);
  }

  /**
   * A realm is answered once; again only where the server says that the nonce was stale. A nonce of an earlier
   * request does not count: it may be stale without the server saying so.
   */
  challenge(response: SipResponse, server: string): ChallengeVerdict {
    let found = false;
    for (const [name, header] of challengeHeaders) {
      for (const challenge of strongestChallenges(parseChallenges(response.headers(name)))) {
        found = true;
        // Another server of the same realm has not heard our answer to the first.
        const key = `${server} ${header} ${challenge.realm}`;
        const times = this.#answered.get(key) ?? 0;
        if (times > 0 && (!challenge.stale || times > mostStale)) {
          this.#authentication.forget(server);
          return "refused";
        }
        this.#answered.set(key, times + 1);
        this.#authentication.learn(server, header, challenge);
      }
    }
    return found ? "answer" : "impossible";
  }
}

const challengeHeaders = [
  ["WWW-Authenticate", "Authorization"],
  ["Proxy-Authenticate", "Proxy-Authorization"],
] as const;

const infoHeaders = [
  ["Authentication-Info", "Authorization"],
  ["Proxy-Authentication-Info", "Proxy-Authorization"],
] as const;

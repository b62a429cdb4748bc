/** Who signs STUN messages: short-term (RFC 8489 §9.1) and long-term credentials (§9.2), the latter learning realm and nonce. */
import { createHash } from "node:crypto";
import type { IntegrityAlgorithm } from "./integrity.ts";
import type { StunAttribute, StunMessage } from "./message.ts";
import { attribute } from "./types.ts";
import { textValue } from "./value.ts";

/** What a request gets added and how it is signed. */
export interface Signature {
  readonly attributes: readonly StunAttribute[];
  readonly integrity: { readonly key: Uint8Array; readonly algorithm: IntegrityAlgorithm } | undefined;
}

export interface Credentials {
  readonly signature: Signature;
  /** A refusal that tells what was missing. True: the request is worth another try. */
  learn(response: StunMessage): boolean;
  /** A response that it signs is to be believed. */
  accepts(response: StunMessage): boolean;
}

/** No credentials: nothing is signed, everything is believed. */
export const noCredentials: Credentials = {
  signature: { attributes: [], integrity: undefined },
  learn: () => false,
  accepts: () => true,
};

/** OpaqueString of RFC 8265: one spelling of what people type. */
export function opaqueString(text: string): string {
  return text.normalize("NFC").replace(/\p{Zs}/gu, " ");
}

export function shortTermKey(password: string): Uint8Array {
  return textValue(opaqueString(password));
}

export function longTermKey(
  username: string,
  realm: string,
  password: string,
  algorithm: "md5" | "sha256" = "md5",
): Uint8Array {
  const text = `${opaqueString(username)}:${opaqueString(realm)}:${opaqueString(password)}`;
  return new Uint8Array(createHash(algorithm).update(text, "utf8").digest());
}

export class ShortTermCredentials implements Credentials {
  readonly signature: Signature;
  readonly #key: Uint8Array;

  constructor(username: string, password: string) {
    this.#key = shortTermKey(password);
    this.signature = {
      attributes: [{ type: attribute.username, value: textValue(opaqueString(username)) }],
      integrity: { key: this.#key, algorithm: "sha1" },
    };
  }

  learn(): boolean {
    return false;
  }

  accepts(response: StunMessage): boolean {
    return response.isFrom(this.#key);
  }
}

/** A nonce that begins so tells what the server can (§9.2). */
const nonceCookie = "obMatJos2";
const sha256Algorithm = Uint8Array.from([0, 2, 0, 0]);

type LongTermState =
  /** The first request goes unsigned (§9.2.3). */
  | { readonly name: "unknown" }
  | {
      readonly name: "known";
      readonly realm: string;
      readonly nonce: Uint8Array;
      readonly key: Uint8Array;
      readonly algorithm: IntegrityAlgorithm;
      readonly offered: Uint8Array | undefined;
      readonly anonymous: boolean;
    };

export class LongTermCredentials implements Credentials {
  readonly #username: string;
  readonly #password: string;
  #state: LongTermState = { name: "unknown" };

  constructor(username: string, password: string) {
    this.#username = username;
    this.#password = password;
  }

  get signature(): Signature {
    const state = this.#state;
    if (state.name === "unknown") return noCredentials.signature;
    const user: StunAttribute = state.anonymous
      ? { type: attribute.userhash, value: userhash(this.#username, state.realm) }
      : { type: attribute.username, value: textValue(opaqueString(this.#username)) };
    const attributes: StunAttribute[] = [
      user,
      { type: attribute.realm, value: textValue(state.realm) },
      { type: attribute.nonce, value: state.nonce },
    ];
    if (state.offered !== undefined)
      attributes.push(
        { type: attribute.passwordAlgorithms, value: state.offered },
        { type: attribute.passwordAlgorithm, value: sha256Algorithm },
      );
    return { attributes, integrity: { key: state.key, algorithm: state.algorithm } };
  }

  learn(response: StunMessage): boolean {
    const code = response.errorCode?.code;
    const known = this.#state.name === "known" ? this.#state : undefined;
    const nonce = response.value(attribute.nonce);
    const realm = response.text(attribute.realm) ?? known?.realm;
    // A second 401 to the same nonce means that the password is wrong (§9.2.5).
    const again = code === 438 || (code === 401 && known === undefined);
    if (!again || nonce === undefined || realm === undefined || nonce.length > 763 || realm.length > 763) return false;
    if (known !== undefined && Buffer.compare(known.nonce, nonce) === 0) return false;
    const features = nonceFeatures(nonce);
    const offered = features.algorithms ? response.value(attribute.passwordAlgorithms) : undefined;
    const strong = offered !== undefined && offersSha256(offered);
    this.#state = {
      name: "known",
      realm,
      nonce: Uint8Array.from(nonce),
      key: longTermKey(this.#username, realm, this.#password, strong ? "sha256" : "md5"),
      algorithm: strong ? "sha256" : "sha1",
      offered: strong ? Uint8Array.from(offered) : undefined,
      anonymous: features.anonymity,
    };
    return true;
  }

  accepts(response: StunMessage): boolean {
    const state = this.#state;
    if (state.name === "unknown") return true;
    // Errors of authentication cannot be signed (§9.2.4).
    const code = response.errorCode?.code;
    if (response.class === "error" && (code === 400 || code === 401 || code === 438)) return true;
    return response.isFrom(state.key, state.algorithm);
  }
}

export function userhash(username: string, realm: string): Uint8Array {
  return new Uint8Array(
    createHash("sha256")
      .update(`${opaqueString(username)}:${opaqueString(realm)}`, "utf8")
      .digest(),
  );
}

/** The 24 bits behind the cookie, four characters of base64 (§9.2, §18.1). */
function nonceFeatures(nonce: Uint8Array): { algorithms: boolean; anonymity: boolean } {
  const text = Buffer.from(nonce).toString("latin1");
  if (!text.startsWith(nonceCookie)) return { algorithms: false, anonymity: false };
  const bits = Buffer.from(text.slice(nonceCookie.length, nonceCookie.length + 4), "base64")[0] ?? 0;
  return { algorithms: (bits & 0x80) !== 0, anonymity: (bits & 0x40) !== 0 };
}

function offersSha256(list: Uint8Array): boolean {
  for (let at = 0; at + 4 <= list.length; ) {
    const algorithm = ((list[at] ?? 0) << 8) | (list[at + 1] ?? 0);
    const size = ((list[at + 2] ?? 0) << 8) | (list[at + 3] ?? 0);
    if (algorithm === 2) return true;
    at += 4 + ((size + 3) & ~3);
  }
  return false;
}

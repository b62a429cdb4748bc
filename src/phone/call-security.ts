/** What phone/ makes of a call's encryption (SEC-05): whether it is wanted, whether its keys were seen on their way, and what a person reads of it. */
import type { LocalSecurity } from "../sdp/media.ts";
import { encryptionRequired } from "../sdp/security.ts";
import type { SipRequest } from "../sip/message.ts";
import { endReason } from "./end-reason.ts";
import type { Settings } from "./ports.ts";

export const seedBytes = 32;

/** `account.X.srtp_encryption`: 0 off, 1 optional, 2 compulsory. @param random of cryptographic quality */
export function securityOf(
  settings: Settings,
  account: number,
  random: (length: number) => Uint8Array,
): LocalSecurity | undefined {
  const mode = settings.number(`account.${account}.srtp_encryption`);
  if (mode !== 1 && mode !== 2) return undefined;
  return { mode: mode === 2 ? "compulsory" : "optional", seed: random(seedBytes) };
}

/** The request's next or last hop was TLS: keys in it are seen by the servers on its way and nobody else. */
export function isOverTls(request: SipRequest): boolean {
  return /^SIP\s*\/\s*2\.0\s*\/\s*TLS\b/i.test(request.values("Via")[0] ?? "");
}

/** Begins with what is wrong: for the LCD there are a few words' room. */
export function isAboutEncryption(why: string): boolean {
  return why.startsWith(encryptionRequired) || why.startsWith("encrypted audio");
}

/** Statuses by which a far end says that it cannot do with what was offered. */
const unacceptable: ReadonlySet<number> = new Set([415, 488, 606]);

/** Why a call ended, for people. @param compulsory we would not talk in the clear; `words` are for all other ends */
export function endReasonOf(status: number, reason: string, compulsory: boolean, words = endReason): string {
  if (isAboutEncryption(reason)) return "Encryption required";
  return compulsory && unacceptable.has(status) ? "Encryption not accepted" : words(status, reason);
}

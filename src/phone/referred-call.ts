/** The far end of a call sends us on: we call whom it names and report how that goes (CAL-47 to CAL-49, RFC 3515 §2.4). */
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Referral } from "../sip/referral.ts";
import type { UserAgent } from "../sip/user-agent.ts";
import type { Call } from "./call.ts";
import { mostCalls } from "./call-terms.ts";
import { partyOf, presentation } from "./caller.ts";
import type { Calls } from "./calls.ts";
import type { Settings } from "./ports.ts";

export interface ReferredParts {
  readonly log: Log;
  readonly settings: Settings;
  readonly userAgent: UserAgent;
}

export function followReferral(calls: Calls, parts: ReferredParts, call: Call, referral: Referral): void {
  const { log, userAgent, settings } = parts;
  const { target, inviteOptions } = referral;
  // Whoever put the call aside and walked away does not want a voice from the loudspeaker.
  const refusal = call.state.name !== "talking" || calls.list.length >= mostCalls ? 603 : call.heldHere ? 480 : 0;
  if (target.method !== "INVITE" || refusal > 0) {
    referral.reject(target.method === "INVITE" ? refusal : 501);
    return;
  }
  const remote = partyOf({ displayName: target.displayName, uri: target.uri });
  const next = calls.add("out", { account: call.account, remote, target: target.uri });
  log.info({ call: next.id }, `call ${next.id}: calling ${target.uri} as call ${call.id} asks for`);
  call.sentOn(true);
  calls.conference.replace(call, next);
  calls.select(next);
  referral.accept();
  const identity = calls.terms.identity(call.account);
  const shown = presentation(settings, call.account);
  const extraHeaders = [...inviteOptions.extraHeaders, ...shown.extraHeaders];
  const fault = (why: string) => {
    referral.report(500, why);
    comeBack(calls, call, next);
  };
  next
    .start(calls.terms.media(call.account), (media) => {
      const session = userAgent.invite({ ...shown, ...inviteOptions, media, identity, extraHeaders });
      referral.follow(session);
      session.onState.on((state) => {
        if (state.name === "terminated") comeBack(calls, call, next);
      });
      return session;
    })
    .then(() => {
      if (next.session === undefined) fault("No Media");
    })
    .catch((error: unknown) => fault(reasonOf(error)));
  calls.giveUpLater(next, "phone_setting.ringback_timeout");
}

/** Nothing came of the call that took its place, or that one is over: the old one goes on, if it is still there. */
function comeBack(calls: Calls, call: Call, instead: Call): void {
  if (call.state.name !== "talking") return;
  // Another one may have been taken up meanwhile.
  if (calls.list.some((c) => c !== call && c !== instead && c.running)) call.hold(true);
  else calls.select(call);
  call.sentOn(false);
}

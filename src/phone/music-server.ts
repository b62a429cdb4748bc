/** An account's music server out of the configuration (CAL-46): who is called, and when. What is done with it is hold-music.ts. */

import type { Identity, UserAgent } from "../sip/user-agent.ts";
import type { MusicServer } from "./hold-music.ts";
import type { Target } from "./number.ts";
import type { Settings } from "./ports.ts";

interface Callers {
  readonly terms: { identity(account: number): Identity };
  uriOf(dialled: string, account: number): Target;
}

/** undefined where none is configured. */
export function musicServerOf(
  calls: Callers,
  { settings, userAgent }: { readonly settings: Settings; readonly userAgent: Pick<UserAgent, "invite"> },
  account: number,
): MusicServer | undefined {
  const uri = settings.text(`account.${account}.music_server_uri`).trim();
  if (uri === "") return undefined;
  return {
    uri,
    moment: settings.number(`account.${account}.music_on_hold_type`) === 0 ? "instead of hold" : "after hold",
    call: (offer) => {
      const target = calls.uriOf(uri, account);
      if (target.type === "refused") throw new Error(target.why);
      const own = calls.terms.identity(account);
      // Its answer is to be in its 200: an earlier, reliable one would be of no use to anybody.
      const identity: Identity = { ...own, conduct: { ...own.conduct, reliable: "off", preconditions: false } };
      return userAgent.invite({ identity, to: target.uri, media: offer });
    },
  };
}

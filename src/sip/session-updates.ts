/** UPDATE of either side: changes before the answer, refreshes of the session timer (RFC 3311, RFC 4028 §7.4). It opens no INVITE transaction. */
import { NameAddress } from "./address.ts";
import type { Dialog } from "./dialog.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { description, inspectContent, refuse } from "./out-of-dialog.ts";
import { type SessionContext, warn } from "./session-context.ts";
import { exchangeInside, type RequestContent } from "./session-inside.ts";
import type { SessionMedia } from "./session-media.ts";
import type { ServerTransaction } from "./transactions.ts";
import { SipUri } from "./uri.ts";

export class SessionUpdates {
  #context: SessionContext;
  #identity: "settled" | "to be told" = "settled";
  /** One of ours at a time. */
  #running: "none" | "refresh" | "offer" | "identity" = "none";

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /**
   * Their UPDATE, answered at once. `media` is that of its dialog; `ready` false: their last offer has no answer yet.
   * True when it was accepted.
   */
  receive(transaction: ServerTransaction, dialog: Dialog, media: SessionMedia | undefined, ready: boolean): boolean {
    const { request } = transaction;
    const { core, timer, conduct } = this.#context;
    const least = timer.refusal(request, conduct.timer);
    if (least !== undefined) {
      refuse(core, transaction, { status: 422, headers: [["Min-SE", String(least)]] });
      return false;
    }
    const wrong = inspectContent(request);
    if (wrong !== undefined) {
      refuse(core, transaction, wrong);
      return false;
    }
    const offer = description(request);
    let body = "";
    if (offer !== "") {
      if (!ready || media === undefined) {
        // RFC 3311 §5.2: their offer before has no answer yet.
        const seconds = String(Math.floor(core.chance() * 11));
        refuse(core, transaction, { status: 500, headers: [["Retry-After", seconds]] });
        return false;
      }
      const result = media.answer(offer);
      if (!result.ok) {
        const response = this.#context.plain(request, result.status);
        if (result.status !== 491) warn(response, result.warningCode, result.why);
        transaction.respond(response);
        return false;
      }
      body = result.body;
    }
    this.#context.hear(request);
    dialog.refreshTarget(request);
    dialog.refreshRemote(request);
    const response = this.#context.response(request, 200);
    // Without Session-Expires it says nothing about the timer that runs (RFC 4028 §7.4).
    if (request.header("Session-Expires") !== undefined || timer.state.name === "on")
      timer.accept(request, response, conduct.timer);
    if (body !== "") response.setBody("application/sdp", body);
    transaction.respond(response);
    if (body !== "") this.#context.wires.tellMedia(media);
    return true;
  }

  /** The session timer wants one: by UPDATE where the other side takes it, else by re-INVITE. */
  refresh(): void {
    const { dialog, wires } = this.#context;
    if (dialog === undefined || this.#running !== "none") return;
    if (!this.#context.peerAllows("UPDATE")) {
      wires.input({ type: "change" });
      return;
    }
    this.#running = "refresh";
    this.#send(dialog, {}, (response) => {
      if (response.status < 300) return;
      if (response.status === 422 && this.#context.timer.tooSmall(response)) this.refresh();
      // It changed its mind about UPDATE.
      else if (response.status === 405 || response.status === 501) wires.input({ type: "change" });
    });
  }

  /**
   * The call that came in was answered. Who we are is told when no re-INVITE of ours is under way: an UPDATE that
   * overtook one would have it refused (RFC 3261 §12.2.2).
   */
  identifyOnce(): void {
    this.#identity = "to be told";
  }

  /**
   * The call that came in was for somebody else than who answered it, a group or a number that is forwarded here: who
   * the caller talks to is told where he understands it (RFC 4916 §3, §4.3).
   */
  identify(): void {
    const { dialog, identity } = this.#context;
    if (this.#identity === "settled" || dialog === undefined || identity === undefined) return;
    if (this.#running !== "none") return;
    this.#identity = "settled";
    if (!this.#context.peerAllows("UPDATE") || !this.#context.peerSupports("from-change")) return;
    const own = SipUri.parse(identity.aor);
    const called = NameAddress.parse(dialog.local)?.parsedUri;
    // Hosts and parameters differ for reasons of servers: who it is, the user part says.
    if (own === undefined || called === undefined || own.user === called.user) return;
    const before = dialog.renameLocal(
      NameAddress.of(identity.aor, identity.displayName, { tag: dialog.localTag }).toString(),
    );
    this.#running = "identity";
    this.#send(dialog, {}, (response) => {
      if (response.status >= 300) dialog.renameLocal(before);
    });
  }

  /** What is wanted, offered in an early dialog whose first offer is answered. */
  offer(dialog: Dialog, media: SessionMedia): void {
    if (this.#running !== "none") return;
    this.#running = "offer";
    media.wanted = this.#context.media.wanted;
    const content = { contentType: "application/sdp", body: media.offer() };
    this.#send(dialog, content, (response) => {
      if (response.status < 300) {
        if (media.takeAnswer(description(response)).ok) {
          this.#context.wires.tellMedia(media);
          return;
        }
      }
      // The wish stays: it is offered once the call is up.
      media.withdraw(false);
    });
  }

  #send(dialog: Dialog, content: RequestContent, done: (response: SipResponse) => void): void {
    const { core, identity, contact, timer, conduct, wires } = this.#context;
    const headers: (readonly [string, string])[] = [];
    if (this.#running === "refresh") headers.push(...timer.requestHeaders(conduct.timer));
    const use = { dialog, identity, contact };
    exchangeInside(
      core,
      use,
      "UPDATE",
      { ...content, headers, introduce: (r) => this.#context.introduce(r) },
      {
        final: (response: SipResponse, request: SipRequest) => {
          const refreshed = this.#running === "refresh";
          this.#running = "none";
          if (wires.phase().name === "terminated") return;
          if (response.status < 300) {
            this.#context.hear(response);
            dialog.refreshTarget(response);
            if (refreshed) timer.accepted(request, response);
          }
          done(response);
          // The dialog is gone at the other side (§12.2.1.2).
          if (response.status === 481) wires.input({ type: "broken", status: 481, reason: response.reason });
        },
        failed: (status, message) => {
          this.#running = "none";
          if (status === 408) wires.input({ type: "broken", status, reason: message });
        },
      },
    );
  }
}

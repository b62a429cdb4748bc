/** Requests inside a session's dialog other than INVITE, ACK, CANCEL and BYE: what is answered when nobody takes them. */
import type { Event } from "../base/event.ts";
import { defaultAnswer, type IncomingRequest, optionsAnswer, type Refusal } from "./out-of-dialog.ts";
import { infoTypes } from "./session-body.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

export function answerInside(core: UserAgentCore, incoming: IncomingRequest, onRequest: Event<IncomingRequest>): void {
  onRequest.emit(incoming);
  if (incoming.taken) return;
  const { status, reason, headers } = unclaimed(core, incoming);
  incoming.respond(status, reason, (response) => {
    for (const [name, value] of headers ?? []) response.addHeader(name, value);
  });
}

function unclaimed(core: UserAgentCore, { request }: IncomingRequest): Refusal {
  switch (request.method) {
    case "OPTIONS":
      return optionsAnswer(core);
    case "INFO":
      // RFC 6086 §4.2.2: an INFO without a package and a body only asks whether the dialog is alive.
      if (request.header("Info-Package") !== undefined) return { status: 469, headers: [["Recv-Info", ""]] };
      if (request.body.length === 0 || infoTypes.includes(request.contentType ?? "")) return { status: 200 };
      return { status: 415, headers: [["Accept", infoTypes.join(", ")]] };
    case "REFER":
      return { status: 603 };
    default:
      return defaultAnswer(core, request);
  }
}

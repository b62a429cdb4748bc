/** A phone at a server that is no more than a socket: it grants registrations, and the test says all else. */
import type { SipRequest } from "../../../src/sip/message.ts";
import { type Peer, sdp } from "../sip/rig.ts";
import { account, type Desk, PhoneRig, serverAddress } from "./rig.ts";

export const deskAddress = "10.0.0.1";

export interface SocketServer {
  readonly rig: PhoneRig;
  readonly server: Peer;
  readonly desk: Desk;
}

/** Account 101 is registered when it resolves. */
export async function atSocket(more: Readonly<Record<string, string | number>> = {}): Promise<SocketServer> {
  const rig = new PhoneRig();
  const server = await rig.peer(serverAddress);
  server.onRequest = (request) => {
    if (request.method !== "REGISTER") return;
    const contact = request.header("Contact") ?? "";
    server.respond(request, 200, { headers: request.expires === 0 ? [] : [["Contact", `${contact};expires=3600`]] });
  };
  const desk = await rig.desk(deskAddress, account("101", more));
  if (desk.account !== "registered") throw new Error(`the phone is ${desk.account}`);
  return { rig, server, desk };
}

/** Somebody calls the phone. */
export function call(peer: Peer, callId: string, headers: [string, string][] = []): SipRequest {
  const from = `<sip:caller@${peer.address}>;tag=from-${callId}`;
  const branch = `z9hG4bK${callId}`;
  return peer.request("INVITE", deskAddress, { sdp: sdp(peer.address), callId, from, headers, branch });
}

/** What the phone answered to that Call-ID, but for 100. */
export function statuses(peer: Peer, callId: string): number[] {
  return peer.responses.filter((r) => r.callId === callId && r.status > 100).map((r) => r.status);
}

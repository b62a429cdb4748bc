import { expect, test } from "vitest";
import { Dialog } from "../../../src/sip/dialog.ts";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";

function invite(headers: [string, string][] = []): SipRequest {
  const request = new SipRequest("INVITE", "sip:bob@b.example")
    .addHeader("From", '"Alice" <sip:alice@a.example>;tag=at')
    .addHeader("To", "<sip:bob@b.example>")
    .addHeader("Call-ID", "id")
    .addHeader("CSeq", "5 INVITE")
    .addHeader("Contact", "<sip:alice@1.2.3.4>");
  for (const [name, value] of headers) request.addHeader(name, value);
  return request;
}

function ok(request: SipRequest, headers: [string, string][] = [], tag = "bt"): SipResponse {
  const response = SipResponse.to(request, 200, undefined, tag === "" ? undefined : tag);
  for (const [name, value] of headers) response.addHeader(name, value);
  return response;
}

function inside(cseq: number): SipRequest {
  return new SipRequest("INFO", "sip:x").addHeader("CSeq", `${cseq} INFO`);
}

test("RFC 3261 §12.1.2: the caller's dialog and its requests", () => {
  const request = invite();
  const dialog = Dialog.ofClient(request, ok(request, [["Contact", "<sip:bob@5.6.7.8;x=1>"]]));
  const bye = dialog.request("BYE", dialog.nextSequence());
  expect(bye.uri).toBe("sip:bob@5.6.7.8;x=1");
  expect(bye.header("From")).toBe('"Alice" <sip:alice@a.example>;tag=at');
  expect(bye.header("To")).toBe("<sip:bob@b.example>;tag=bt");
  expect(bye.header("CSeq")).toBe("6 BYE");
  expect(bye.header("Route")).toBeUndefined();
  expect(dialog.nextHop).toBe("sip:bob@5.6.7.8;x=1");
  expect(dialog.request("ACK", 5).header("CSeq")).toBe("5 ACK");
  expect(dialog.id).toBe("id;to-tag=at;from-tag=bt");
});

test("RFC 3261 §12.1.1: the callee's dialog and its requests; the route set keeps its order", () => {
  const dialog = Dialog.ofServer(invite([["Record-Route", "<sip:p1;lr>, <sip:p2;lr>"]]), "mine");
  const bye = dialog?.request("BYE", dialog.nextSequence());
  expect(bye?.uri).toBe("sip:alice@1.2.3.4");
  expect(bye?.header("From")).toBe("<sip:bob@b.example>;tag=mine");
  expect(bye?.header("To")).toBe('"Alice" <sip:alice@a.example>;tag=at');
  expect(bye?.header("CSeq")).toBe("1 BYE");
  expect(bye?.values("Route")).toEqual(["<sip:p1;lr>", "<sip:p2;lr>"]);
  expect(dialog?.nextHop).toBe("sip:p1;lr");
});

test("RFC 3261 §12.1.1: without a Contact that can be used there is no dialog", () => {
  expect(Dialog.ofServer(invite().removeHeader("Contact"), "t")).toBeUndefined();
  expect(Dialog.ofServer(invite().setHeader("Contact", "<sip:>"), "t")).toBeUndefined();
});

test("RFC 4475 §3.4: a peer of RFC 2543 needs no Contact: From is called back", () => {
  const request = invite([["Via", "SIP/2.0/UDP a.example"]]).removeHeader("Contact");
  expect(Dialog.ofServer(request, "t")?.request("BYE", 6).uri).toBe("sip:alice@a.example");
  const present = invite([["Via", "SIP/2.0/UDP a.example;branch=z9hG4bK1"]]).removeHeader("Contact");
  expect(Dialog.ofServer(present, "t")).toBeUndefined();
});

test("RFC 3261 §12.1: peers of RFC 2543 have no tags", () => {
  const request = invite().setHeader("From", "<sip:alice@a.example>");
  expect(Dialog.ofServer(request, "t")?.remoteTag).toBe("");
  const client = Dialog.ofClient(invite(), ok(invite(), [], ""));
  expect(client.request("BYE", 6).header("To")).toBe("<sip:bob@b.example>");
});

test("RFC 3261 §12.2.1.1: a Request-URI has neither headers nor method, be it the target or a strict router", () => {
  const contact: [string, string] = ["Contact", "<sip:a?b;method=x@5.6.7.8;Method=INFO;x=1?y=z>"];
  const loose = Dialog.ofClient(invite(), ok(invite(), [contact]));
  expect(loose.request("BYE", 6).uri).toBe("sip:a?b;method=x@5.6.7.8;x=1");
  const strict = Dialog.ofClient(invite(), ok(invite(), [["Record-Route", "<sip:near;method=INVITE;x?y=z>"], contact]));
  const bye = strict.request("BYE", 6);
  expect(bye.uri).toBe("sip:near;x");
  expect(bye.values("Route")).toEqual(["<sip:a?b;method=x@5.6.7.8;Method=INFO;x=1?y=z>"]);
});

test("RFC 3261 §12.2.1.1: a strict router takes the Request-URI, without headers", () => {
  const request = invite();
  const routes: [string, string] = ["Record-Route", "<sip:far;lr>, <sip:near?x=y>"];
  const dialog = Dialog.ofClient(request, ok(request, [routes, ["Contact", "<sip:bob@5.6.7.8>"]]));
  const bye = dialog.request("BYE", 6);
  expect(bye.uri).toBe("sip:near");
  expect(bye.values("Route")).toEqual(["<sip:far;lr>", "<sip:bob@5.6.7.8>"]);
});

test("RFC 3261 §12.2.2: sequence numbers of the other side go up; the first may be any", () => {
  const dialog = Dialog.ofClient(invite(), ok(invite()));
  expect([77, 76, 77, 78].map((n) => dialog.receive(inside(n)).ok)).toEqual([true, false, true, true]);
  const server = Dialog.ofServer(invite(), "t");
  expect([4, 6].map((n) => server?.receive(inside(n)).ok)).toEqual([false, true]);
});

test("RFC 3261 §13.2.2.4: the 2xx renews target and route set of an early dialog; a bad Contact leaves the target", () => {
  const request = invite();
  const dialog = Dialog.ofClient(
    request,
    ok(request, [
      ["Contact", "<sip:early@1.1.1.1>"],
      ["Record-Route", "<sip:old;lr>"],
    ]),
  );
  dialog.confirm(
    ok(request, [
      ["Contact", "<sip:late@2.2.2.2>"],
      ["Record-Route", "<sip:new;lr>"],
    ]),
  );
  expect([dialog.remoteTarget, dialog.routeSet]).toEqual(["sip:late@2.2.2.2", ["<sip:new;lr>"]]);
  dialog.refreshTarget(ok(request, [["Contact", "<sip:@>"]]));
  dialog.refreshTarget(ok(request));
  expect(dialog.remoteTarget).toBe("sip:late@2.2.2.2");
});

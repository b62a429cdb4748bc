/** Offer and answer in a call that is up, on the wire: RFC 3264 §8, RFC 6337, and the hold of RFC 2543. */
import { expect, test } from "vitest";
import type { NegotiatedMedia } from "../../../src/sdp/media.ts";
import type { SipResponse } from "../../../src/sip/message.ts";
import { a, answered, last, p } from "./peer-calls.ts";

interface Audio {
  readonly c?: string;
  readonly sessionC?: string;
  readonly port?: number;
  readonly formats?: string;
  readonly lines?: readonly string[];
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

let version = 1;
function offer({ c, sessionC = p, port = 5004, formats = "0 101", lines, before = [], after = [] }: Audio): string {
  version += 1;
  return [
    "v=0",
    `o=- 7 ${version} IN IP4 ${p}`,
    "s=-",
    ...(sessionC === "" ? [] : [`c=IN IP4 ${sessionC}`]),
    "t=0 0",
    ...before,
    `m=audio ${port} RTP/AVP ${formats}`,
    ...(c === undefined ? [] : [`c=IN IP4 ${c}`]),
    ...(lines ?? ["a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000"]),
    ...after,
    "",
  ].join("\r\n");
}

async function talking() {
  const call = await answered();
  const { rig, peer, toTag, session } = call;
  const told: NegotiatedMedia[] = [];
  session.onMedia.on((m) => told.push(m));
  let cseq = 1;
  /** Offers by re-INVITE or UPDATE; returns the answer's description. */
  const propose = async (audio: Audio, method: "INVITE" | "UPDATE" = "INVITE"): Promise<string> => {
    cseq += 1;
    peer.request(method, a, { toTag, cseq, sdp: offer(audio) });
    await rig.run(10);
    const response = peer.responses.at(-1) as SipResponse;
    if (response.status < 300 && method === "INVITE") peer.request("ACK", a, { toTag, cseq });
    await rig.run(10);
    return response.status < 300 ? response.bodyText : String(response.status);
  };
  return { ...call, told, propose };
}

for (const method of ["INVITE", "UPDATE"] as const) {
  test(`RFC 3264 §8.1, §8.2: by ${method}, streams are added, rejected in their places, taken away and come back`, async () => {
    const { propose, told, session } = await talking();
    const video = ["m=video 6000 RTP/AVP 96", "a=rtpmap:96 H264/90000"];
    const added = await propose({ after: video }, method);
    expect(added.match(/^m=.*/gm)).toEqual([expect.stringMatching(/^m=audio 4000 /), "m=video 0 RTP/AVP 96"]);
    // The places stay, also in our own next offer.
    const moved = await propose({ after: ["m=video 0 RTP/AVP 96", "m=application 9 UDP/BFCP *"] }, method);
    expect(moved.match(/^m=(\w+) (\d+)/gm)).toEqual(["m=audio 4000", "m=video 0", "m=application 0"]);
    const closed = await propose({ port: 0, after: ["m=video 0 RTP/AVP 96", "m=application 0 UDP/BFCP *"] }, method);
    expect(closed.match(/^m=(\w+) (\d+)/gm)).toEqual(["m=audio 0", "m=video 0", "m=application 0"]);
    expect([told.at(-1)?.direction, session.remoteHold]).toEqual(["inactive", true]);
    const back = await propose({ after: ["m=video 0 RTP/AVP 96", "m=application 0 UDP/BFCP *"] }, method);
    expect(back).toMatch(/^m=audio 4000 /m);
    expect([told.at(-1)?.direction, session.remoteHold]).toEqual(["sendrecv", false]);
  });

  test(`RFC 3264 §8.3: by ${method}, codec, numbers, packet length and address change; a map counts before the static table`, async () => {
    const { propose, told } = await talking();
    await propose(
      { formats: "8 101", lines: ["a=rtpmap:101 telephone-event/8000", "a=ptime:30"], c: "10.0.0.7", sessionC: "" },
      method,
    );
    expect(told.at(-1)).toMatchObject({
      ...{ codec: "pcma", payloadType: 8, ptimeMs: 30 },
      remote: { address: "10.0.0.7", port: 5004 },
      dtmf: { sendType: 101 },
    });
    // 0 is said to be something else, PCMU has a number of its own, and c= of the medium goes before that of the session.
    const lines = [
      "a=rtpmap:0 L16/8000",
      "a=rtpmap:98 PCMU/8000",
      "a=rtpmap:99 telephone-event/8000",
      "a=rtpmap:100 telephone-event/48000",
    ];
    const mapped = await propose({ formats: "0 98 99 100", lines, c: "10.0.0.8" }, method);
    expect(told.at(-1)).toMatchObject({
      codec: "pcmu",
      payloadType: 98,
      remote: { address: "10.0.0.8" },
      dtmf: { sendType: 99 },
    });
    expect(mapped).toMatch(/^m=audio 4000 RTP\/AVP 98 99\r$/m);
    const before = told.length;
    expect(await propose({ formats: "97", lines: ["a=rtpmap:97 OTHER/8000"] }, method)).toBe("488");
    expect(told.length).toBe(before);
  });

  test(`RFC 3264 §6.1, §8.4: by ${method}, every direction, and the hold of RFC 2543, against our own hold or none`, async () => {
    const { propose, told, session, rig, peer } = await talking();
    const answers: string[] = [];
    const plain = { lines: ["a=rtpmap:0 PCMU/8000"], formats: "0" };
    const ask = async (more: Audio, attribute?: string) => {
      const lines = [...plain.lines, ...(attribute === undefined ? [] : [`a=${attribute}`])];
      const text = await propose({ ...plain, ...more, lines }, method);
      answers.push(
        `${/a=(sendrecv|sendonly|recvonly|inactive)/.exec(text)?.[1]} ${told.at(-1)?.direction} ${session.remoteHold}`,
      );
    };
    const round = async () => {
      for (const direction of ["sendrecv", "sendonly", "recvonly", "inactive"]) await ask({}, direction);
      await ask({ sessionC: "0.0.0.0" });
      await ask({});
    };
    await round();
    expect(answers.splice(0)).toEqual([
      "sendrecv sendrecv false",
      "recvonly recvonly true",
      "sendonly sendonly false",
      "inactive inactive true",
      expect.stringMatching(/^(recvonly|inactive) \w+ true$/),
      "sendrecv sendrecv false",
    ]);
    session.hold();
    await rig.run(10);
    peer.respond(peer.last("INVITE"), 200, { sdp: offer({ ...plain, lines: [...plain.lines, "a=recvonly"] }) });
    await rig.run(10);
    await round();
    expect(answers.map((answer) => answer.split(" ")[0])).toEqual([
      "sendonly",
      "inactive",
      "sendonly",
      "inactive",
      expect.stringMatching(/^(sendonly|inactive)$/),
      "sendonly",
    ]);
    expect([session.localHold, last(peer)]).toEqual([true, 200]);
  });
}

/** Rows about offers to the phone and its answers: RFC 3264 §5 to §8, RFC 3261 §13.2.1, RFC 4566 §5. */
import { checked, type Row } from "./table.ts";

const audio = "m=audio 6000 RTP/AVP 0";

interface Offer {
  readonly section: string;
  readonly must: string;
  readonly media: string;
  readonly answer: string;
}

/** Direction offered and direction answered (§6.1). */
const directions = [
  ["sendrecv", '<must-not be="a=(sendonly|recvonly|inactive)"/>'],
  ["sendonly", '<must be="a=recvonly"/>'],
  ["recvonly", '<must be="a=sendonly"/>'],
  ["inactive", '<must be="a=inactive"/>'],
] as const;

const offers: readonly Offer[] = [
  ...directions.map(([direction, answer]) => ({
    section: "§6.1",
    must: `an offer of ${direction} is answered with its counterpart`,
    media: `${audio}\\na=${direction}`,
    answer,
  })),
  {
    section: "§5.1",
    must: "a direction of the whole session holds for its streams",
    media: `a=sendonly\\n${audio}`,
    answer: '<must be="a=recvonly"/>',
  },
  {
    section: "§5.1",
    must: "the direction of a stream goes before that of the session",
    media: `a=inactive\\n${audio}\\na=sendrecv`,
    answer: '<must-not be="a=(sendonly|recvonly|inactive)"/>',
  },
  {
    section: "§6",
    must: "the answer has as many streams as the offer, in its order; one that is not wanted has port 0",
    media: `${audio}\\nm=video 6002 RTP/AVP 31`,
    answer: '<must be="m=audio [1-9].*m=video 0 RTP/AVP 31"/>',
  },
  {
    section: "§6",
    must: "the order of streams is kept where the unwanted one comes first",
    media: `m=video 6002 RTP/AVP 31\\n${audio}`,
    answer: '<must be="m=video 0 .*m=audio [1-9]"/>',
  },
  {
    section: "§6",
    must: "of two audio streams one is taken and the other refused",
    media: `${audio}\\nm=audio 6004 RTP/AVP 8`,
    answer: '<must be="m=audio [1-9][0-9]* .*m=audio 0 "/>',
  },
  {
    section: "§6",
    must: "a stream of a transport that is unknown is refused, its line repeated",
    media: `${audio}\\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel`,
    answer: '<must be="m=audio [1-9].*m=application 0 UDP/DTLS/SCTP webrtc-datachannel"/>',
  },
  {
    section: "§6",
    must: "a stream offered with port 0 stays at port 0",
    media: `${audio}\\nm=audio 0 RTP/AVP 8`,
    answer: '<must be="m=audio [1-9].*m=audio 0 "/>',
  },
  {
    section: "§6.1",
    must: "a dynamic type keeps the number the offer gave it",
    media: "m=audio 6000 RTP/AVP 111\\na=rtpmap:111 PCMA/8000",
    answer: '<must be="m=audio [1-9][0-9]* RTP/AVP 111"/><must be="a=rtpmap:111 PCMA/8000"/>',
  },
  {
    section: "§6.1",
    must: "telephone-event keeps the number the offer gave it",
    media: "m=audio 6000 RTP/AVP 0 97\\na=rtpmap:97 telephone-event/8000\\na=fmtp:97 0-15",
    answer: '<must be="m=audio [1-9][0-9]* RTP/AVP 0 97"/><must be="a=rtpmap:97 telephone-event/8000"/>',
  },
  {
    section: "§6.1",
    must: "codecs that were not offered are not answered",
    media: "m=audio 6000 RTP/AVP 3 8 4",
    answer:
      '<must be="m=audio [1-9][0-9]* RTP/AVP 8"/><must-not be="m=audio [0-9]+ RTP/AVP[ 0-9]* (0|9|3|4|18)( |$)"/>',
  },
  {
    section: "§6.1",
    must: "of several codecs the offer's order is kept",
    media: "m=audio 6000 RTP/AVP 8 0",
    answer: '<must be="m=audio [1-9][0-9]* RTP/AVP 8"/>',
  },
  {
    section: "§6.1",
    must: "names of codecs are the same in any case, one channel may be named, and a static type may be mapped",
    media: "m=audio 6000 RTP/AVP 8 111\\na=rtpmap:8 pcma/8000/1\\na=rtpmap:111 TELEPHONE-event/8000\\na=fmtp:111 0-11",
    answer: '<must be="m=audio [1-9][0-9]* RTP/AVP 8 111"/>',
  },
  {
    section: "§6",
    must: "the time line of the answer is that of the offer",
    media: audio,
    answer: '<must be="t=0 0"/><must be="c=IN IP4 127[.]47"/>',
  },
  {
    section: "§6.1",
    must: "attributes that are unknown are passed over",
    media: `a=nobody:knows\\n${audio}\\na=neither:this\\na=rtcp-fb:* nack`,
    answer: '<must be="m=audio [1-9]"/><must-not be="(nobody|neither|rtcp-fb)"/>',
  },
];

const refused: readonly Offer[] = [
  {
    section: "RFC 3261 §13.3.1.3",
    must: "an offer without a codec in common gets 488, before anything rings",
    media: "m=audio 6000 RTP/AVP 3 4",
    answer: '<must-not be="m=audio"/>',
  },
  {
    section: "RFC 3261 §13.3.1.3",
    must: "an offer without audio gets 488",
    media: "m=video 6000 RTP/AVP 31",
    answer: '<must-not be="m=video"/>',
  },
];

interface Change {
  readonly section: string;
  readonly must: string;
  readonly before?: string;
  readonly media: string;
  readonly version?: number | string;
  readonly versionOne?: string;
  readonly address?: string;
  readonly answer: string;
}

const changes: readonly Change[] = [
  ...directions.slice(1).map(([direction, answer]) => ({
    section: "§8.4",
    must: `an offer changed to ${direction} is answered with its counterpart`,
    media: `${audio}\\na=${direction}`,
    answer,
  })),
  {
    section: "§8.4",
    must: "an offer of the address 0.0.0.0 is a hold of old",
    media: audio,
    address: "0.0.0.0",
    answer: '<must be="m=audio [1-9]"/>',
  },
  {
    section: "§8",
    must: "the answer that is the same as before keeps its version",
    media: audio,
    version: 1,
    answer: '<same a="origin" b="originnow"/>',
  },
  {
    section: "§8",
    must: "the answer that differs from the one before has another version",
    media: `${audio}\\na=sendonly`,
    answer: '<differ a="origin" b="originnow"/>',
  },
  {
    section: "§8",
    must: "a change whose version was not raised is followed all the same",
    media: `${audio}\\na=sendonly`,
    version: 1,
    answer: '<must be="a=recvonly"/>',
  },
  {
    section: "§8",
    must: "versions beyond what a double holds exactly are told apart",
    versionOne: "18446744073709551614",
    media: `${audio}\\na=sendonly`,
    version: "18446744073709551615",
    answer: '<must be="a=recvonly"/>',
  },
  {
    section: "§8.2",
    must: "the only stream may be taken away: it keeps its place with port 0",
    media: "m=audio 0 RTP/AVP 0",
    answer: '<must be="m=audio 0 "/>',
  },
  {
    section: "§8.1",
    must: "a stream that is added and not wanted gets port 0, and the first goes on",
    media: `${audio}\\nm=video 6002 RTP/AVP 31`,
    answer: '<must be="m=audio [1-9].*m=video 0 "/>',
  },
  {
    section: "§8.2",
    must: "a stream that is taken away keeps its place with port 0",
    before: `m=audio 0 RTP/AVP 8\\n${audio}`,
    media: `m=audio 0 RTP/AVP 8\\n${audio}`,
    answer: '<must be="m=audio 0 .*m=audio [1-9]"/>',
  },
  {
    section: "§8.3.2",
    must: "the codec of a stream may change",
    media: "m=audio 6000 RTP/AVP 8",
    answer: '<must be="m=audio [1-9][0-9]* RTP/AVP 8"/>',
  },
  {
    section: "§8.3.1",
    must: "the port of a stream may change, ours stays",
    media: "m=audio 6010 RTP/AVP 0",
    answer: '<must be="m=audio [1-9]"/><same a="origin" b="originnow"/>',
  },
];

const rows: readonly Row[] = [
  ...offers.map(
    ({ section, must, media, answer }): Row => ({
      section: `RFC 3264 ${section}`,
      must,
      scenario: "calls",
      with: { media, answer },
      phone: "server",
    }),
  ),
  ...refused.map(
    ({ section, must, media, answer }): Row => ({
      section,
      must,
      scenario: "calls-for-nothing",
      with: { media, response: answer },
      steps: [],
      phone: "server",
    }),
  ),
  ...changes.map(
    ({ section, must, before = audio, media, version = 2, versionOne = "1", address = "[local_ip]", answer }): Row => ({
      section: `RFC 3264 ${section}`,
      must,
      scenario: "reinvites",
      with: { mediaone: before, versionone: versionOne, media, version, address, answer },
      phone: "server",
    }),
  ),
  {
    section: "RFC 3261 §13.2.2.4",
    must: "an ACK whose answer has another count of streams than our offer ends the call",
    scenario: "late-offer",
    with: { media: `${audio}\\nm=audio 6002 RTP/AVP 8` },
    phone: "server",
  },
];

export const descriptionRows = checked(rows);

/** What SIP events tell in XML: RFC 4235, RFC 3863, RFC 3680, RFC 4575; partial documents, gaps, and noise. */
import { expect, test } from "vitest";
import { mergeConference, readConferenceInfo } from "../../../src/sip/xml/conference-info.ts";
import { type DialogTable, mergeDialogs, readDialogInfo } from "../../../src/sip/xml/dialog-info.ts";
import { isOpen, readPresence } from "../../../src/sip/xml/presence.ts";
import { mergeRegistrations, readRegistrationInfo } from "../../../src/sip/xml/registration-info.ts";
import type { Reading } from "../../../src/sip/xml/versioned.ts";
import { judgeVersion } from "../../../src/sip/xml/versioned.ts";
import { mulberry } from "./event-noise.ts";

function must<T>(reading: Reading<T>): T {
  if (!reading.ok) throw new Error(reading.why);
  return reading.value;
}

const dialogInfo = (version: number, state: string, dialogs: string) =>
  `<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="${state}" entity="sip:102@pbx">${dialogs}</dialog-info>`;

const ringing = `<dialog id="d1" call-id="c@x" local-tag="l" remote-tag="r" direction="recipient">
  <state event="x">early</state><duration>12</duration>
  <local><identity display="Bob">sip:102@pbx</identity><target uri="sip:102@10.0.0.2"><param pname="+sip.rendering" pval="no"/></target></local>
  <remote><identity display="Alice &amp; Co">sip:101@pbx</identity></remote></dialog>`;

test("RFC 4235 §4.1: a dialog with its parties, tags and direction", () => {
  const { dialogs, entity, version, state } = must(readDialogInfo(dialogInfo(7, "full", ringing)));
  expect([entity, version, state]).toEqual(["sip:102@pbx", 7, "full"]);
  expect(dialogs[0]).toMatchObject({
    ...{ id: "d1", state: "early", event: "x", callId: "c@x", localTag: "l", remoteTag: "r" },
    ...{ direction: "recipient", durationSeconds: 12, exclusive: false, appearance: undefined },
    remote: { uri: "sip:101@pbx", displayName: "Alice & Co" },
  });
  expect(dialogs[0]?.local.targetParameters.get("+sip.rendering")).toBe("no");
});

test("RFC 4235 §4.1: without namespace, version and ids it is read all the same; unknown states are left out", () => {
  const read = must(
    readDialogInfo(
      "<dialog-info><dialog><state>Confirmed</state></dialog><dialog><state>flying</state></dialog></dialog-info>",
    ),
  );
  expect(read.dialogs.map((d) => [d.id, d.state])).toEqual([["0", "confirmed"]]);
});

test("RFC 4235 §4.3: partial documents change what they name; a gap asks for all; an old one changes nothing", () => {
  let table: DialogTable | undefined;
  const take = (version: number, state: string, dialogs: string) => {
    const merged = mergeDialogs(table, must(readDialogInfo(dialogInfo(version, state, dialogs))));
    table = merged.table;
    return [[...merged.table.dialogs.values()].map((d) => `${d.id} ${d.state}`).join(), merged.ask];
  };
  const dialog = (id: string, state: string) => `<dialog id="${id}"><state>${state}</state></dialog>`;
  expect(take(3, "partial", dialog("a", "early"))).toEqual(["a early", true]);
  expect(take(4, "full", dialog("a", "confirmed"))).toEqual(["a confirmed", false]);
  expect(take(5, "partial", dialog("b", "trying"))).toEqual(["a confirmed,b trying", false]);
  expect(take(5, "partial", dialog("b", "early"))).toEqual(["a confirmed,b trying", false]);
  expect(take(7, "partial", dialog("a", "terminated"))).toEqual(["b trying", true]);
  expect(take(0, "full", "")).toEqual(["", false]);
  expect(judgeVersion(5, 5, "full")).toBe("replace");
});

test("RFC 7463 §5.3: appearance and exclusive of a shared line", () => {
  const { dialogs } = must(
    readDialogInfo(
      `<dialog-info version="0" state="full"><dialog id="1" xmlns:sa="urn:ietf:params:xml:ns:sa-dialog-info"><sa:appearance>3</sa:appearance><sa:exclusive>true</sa:exclusive><state>early</state></dialog></dialog-info>`,
    ),
  );
  expect([dialogs[0]?.appearance, dialogs[0]?.exclusive]).toEqual([3, true]);
});

test("RFC 3863 §4.1, RFC 4480 §3.2: presence with activities and notes", () => {
  const presence = must(
    readPresence(`<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
      xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="pres:102@pbx">
      <tuple id="t1"><status><basic>open</basic></status><contact priority="0.8">sip:102@pbx</contact><note>Ready</note></tuple>
      <tuple id="t2"><status><basic>closed</basic></status></tuple>
      <dm:person id="p"><rpid:activities><rpid:note>x</rpid:note><rpid:on-the-phone/><rpid:other>fishing</rpid:other></rpid:activities>
      <dm:note>In town</dm:note></dm:person></presence>`),
  );
  expect(presence.tuples[0]).toMatchObject({ id: "t1", basic: "open", contact: "sip:102@pbx", priority: 0.8 });
  expect([presence.activities, presence.notes, isOpen(presence)]).toEqual([
    ["on-the-phone", "fishing"],
    ["In town"],
    true,
  ]);
  expect(isOpen(must(readPresence("<presence/>")))).toBeUndefined();
});

const reginfo = (version: number, state: string, contacts: string, row = "active") =>
  `<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="${version}" state="${state}"><registration aor="sip:101@pbx" id="a7" state="${row}">${contacts}</registration></reginfo>`;
const contact = (id: string, state: string, event: string, more = "") =>
  `<contact id="${id}" state="${state}" event="${event}" ${more}><uri>sip:101@10.0.0.${id}</uri></contact>`;

test("RFC 3680 §5: contacts with their events; those that ended stay out of the table", () => {
  const full = must(
    readRegistrationInfo(
      reginfo(0, "full", contact("1", "active", "registered", 'expires="60"') + contact("2", "active", "created")),
    ),
  );
  const first = mergeRegistrations(undefined, full);
  expect(
    [...(first.table.registrations.get("a7")?.contacts.values() ?? [])].map((c) => [c.uri, c.event, c.expiresSeconds]),
  ).toEqual([
    ["sip:101@10.0.0.1", "registered", 60],
    ["sip:101@10.0.0.2", "created", undefined],
  ]);
  const ended = must(
    readRegistrationInfo(reginfo(1, "partial", contact("1", "terminated", "probation", 'retry-after="30"'))),
  );
  expect(ended.registrations[0]?.contacts.get("1")).toMatchObject({ event: "probation", retryAfterSeconds: 30 });
  const second = mergeRegistrations(first.table, ended);
  expect([[...(second.table.registrations.get("a7")?.contacts.keys() ?? [])], second.ask]).toEqual([["2"], false]);
  const gone = mergeRegistrations(second.table, must(readRegistrationInfo(reginfo(3, "partial", "", "terminated"))));
  expect([gone.table.registrations.size, gone.ask]).toEqual([0, true]);
});

const conference = (version: number, state: string, users: string, usersState = "full") =>
  `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:conf1@pbx" state="${state}" version="${version}">
    <conference-description><subject>Weekly</subject></conference-description>
    <conference-state><user-count>2</user-count><locked>0</locked></conference-state>
    <users state="${usersState}">${users}</users></conference-info>`;
const user = (name: string, state: string, status: string) =>
  `<user entity="sip:${name}@pbx" state="${state}"><display-text>${name}</display-text><endpoint entity="sip:${name}@10.0.0.1" state="${state}"><status>${status}</status><media id="1"><type>audio</type><status>sendrecv</status></media></endpoint></user>`;

test("RFC 4575 §4.6: people come, change and go by partial documents", () => {
  const first = mergeConference(
    undefined,
    must(readConferenceInfo(conference(1, "full", user("a", "full", "connected") + user("b", "full", "on-hold")))),
  );
  expect(first.table).toMatchObject({ subject: "Weekly", userCount: 2, locked: false, version: 1 });
  const bare =
    '<user entity="sip:b@pbx" state="partial"><endpoint entity="sip:b@10.0.0.1" state="partial"><status>connected</status></endpoint></user>';
  const second = mergeConference(
    first.table,
    must(readConferenceInfo(conference(2, "partial", `${bare}<user entity="sip:a@pbx" state="deleted"/>`, "partial"))),
  );
  const left = [...(second.table?.users.values() ?? [])];
  expect(
    left.map((u) => [
      u.displayText,
      u.endpoints.get("sip:b@10.0.0.1")?.status,
      u.endpoints.get("sip:b@10.0.0.1")?.media.size,
    ]),
  ).toEqual([["b", "connected", 1]]);
  const gap = mergeConference(
    second.table,
    must(readConferenceInfo(conference(9, "partial", user("c", "full", "connected"), "partial"))),
  );
  expect([gap.table?.users.size, gap.ask]).toEqual([2, true]);
  expect(mergeConference(gap.table, must(readConferenceInfo(conference(10, "deleted", "")))).table).toBeUndefined();
});

test("RFC 3863 §4.1: another document, or noise, is refused in words that name it", () => {
  for (const read of [readDialogInfo, readPresence, readRegistrationInfo, readConferenceInfo]) {
    expect(read("<html/>")).toMatchObject({ ok: false, why: expect.stringContaining("expected, html found") });
    expect(read("<")).toMatchObject({ ok: false, why: expect.stringContaining("line 1") });
  }
});

test("RFC 4235 §4: mutated documents are read or refused, never more, and merging takes whatever was read", () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = mulberry(seed);
  const sources = [
    dialogInfo(1, "partial", ringing),
    reginfo(1, "partial", contact("1", "terminated", "rejected")),
    conference(1, "partial", user("a", "partial", "connected")),
  ];
  let taken = 0;
  for (let n = 0; n < 3000; n++) {
    const source = sources[n % sources.length] ?? "";
    const at = Math.floor(random() * source.length);
    const cut = source.slice(at, at + Math.floor(random() * 12));
    const noisy = source.slice(0, at) + (random() < 0.5 ? "" : cut + cut) + source.slice(at + cut.length);
    const [dialogs, registrations, conferences] = [
      readDialogInfo(noisy),
      readRegistrationInfo(noisy),
      readConferenceInfo(noisy),
    ];
    if (dialogs.ok) mergeDialogs(undefined, dialogs.value);
    if (registrations.ok) mergeRegistrations(undefined, registrations.value);
    if (conferences.ok) mergeConference(undefined, conferences.value);
    readPresence(noisy);
    if (dialogs.ok || registrations.ok || conferences.ok) taken++;
  }
  expect(taken).toBeGreaterThan(100);
});

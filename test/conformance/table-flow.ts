/** Rows of flows that the phone keeps to its registrar by TCP: RFC 5626 §4. Each is an account of the same phone. */
import { expect } from "vitest";
import { eventually } from "../interop/kit/process.ts";
import { type Heard, value } from "../interop/kit/raw-sip.ts";
import { type Connection, lineEndsAfter, type TcpRegistrar } from "./tcp-registrar.ts";

export interface FlowRow {
  readonly must: string;
  readonly section: string;
  readonly run: (registrar: TcpRegistrar) => Promise<void>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const instance = /;\+sip\.instance="<urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}>"/;
const sequenceOf = (message: Heard) => Number.parseInt(value(message, "CSeq"), 10);

/** A ping that came after `before` pings; when, `performance.now()`. */
const pinged = (connection: Connection, before: number, ms: number) =>
  eventually("a ping", () => lineEndsAfter(connection.text).length >= 4 * (before + 1) || undefined, ms).then(() =>
    performance.now(),
  );

/** It registers anew, over this connection, as the same phone by the same way. */
async function expectRecovered(registrar: TcpRegistrar, number: number, first: Heard, ms: number): Promise<void> {
  const connection = await registrar.connection(number, ms);
  const again = await registrar.register(connection);
  expect(instance.exec(value(again, "Contact"))?.[0]).toBe(instance.exec(value(first, "Contact"))?.[0]);
  expect(/;reg-id=(\d+)/.exec(value(again, "Contact"))?.[1]).toBe(/;reg-id=(\d+)/.exec(value(first, "Contact"))?.[1]);
  expect(value(again, "Call-ID")).toBe(value(first, "Call-ID"));
  expect(sequenceOf(again)).toBeGreaterThan(sequenceOf(first));
  registrar.grant(connection, again);
}

export const flowRows: readonly FlowRow[] = [
  {
    section: "RFC 5626 §4.2.1",
    must: "REGISTER shows who the phone is and by which flow, and supports outbound and path",
    run: async (registrar) => {
      const { register } = await registrar.bind();
      expect(value(register, "Contact")).toMatch(instance);
      expect(value(register, "Contact")).toMatch(/;reg-id=[1-9]\d*(;|$)/);
      expect(value(register, "Supported").split(/, */)).toEqual(expect.arrayContaining(["outbound", "path"]));
    },
  },
  {
    section: "RFC 5626 §11.6",
    must: "439 is followed by a REGISTER without reg-id and outbound",
    run: async (registrar) => {
      const connection = await registrar.connection(1);
      const first = await registrar.register(connection);
      registrar.answer(connection, first, 439);
      const second = await registrar.register(connection, 2);
      expect(value(second, "Contact")).not.toContain("reg-id");
      expect(value(second, "Supported")).not.toContain("outbound");
      expect(sequenceOf(second)).toBe(sequenceOf(first) + 1);
      registrar.grant(connection, second);
    },
  },
  {
    section: "RFC 5626 §4.4",
    must: "pings come as often as Flow-Timer says, and a flow that answers them lives",
    run: async (registrar) => {
      const { connection } = await registrar.bind({ Require: "outbound", "Flow-Timer": "5" });
      for (let count = 0; count < 3; count++) {
        const asked = performance.now();
        // A busy machine may be late by some tenths of a second.
        expect((await pinged(connection, count, 7000)) - asked).toBeLessThan(5600);
        connection.socket.write("\r\n");
      }
      expect(connection.closedAtMs).toBeUndefined();
      expect(registrar.connections.length).toBe(1);
    },
  },
  {
    section: "RFC 5626 §4.4.1",
    must: "a flow without a pong for 10 s is closed, and registered anew by another",
    run: async (registrar) => {
      const { connection, register } = await registrar.bind({ Require: "outbound", "Flow-Timer": "4" });
      const asked = await pinged(connection, 0, 6000);
      const closed = await eventually("the end of the flow", () => connection.closedAtMs, 15_000);
      expect(closed - asked).toBeGreaterThan(9000);
      expect(closed - asked).toBeLessThan(13_500);
      await expectRecovered(registrar, 2, register, 5000);
    },
  },
  {
    section: "RFC 5626 §4.4",
    must: "a server that has announced nothing is not judged by its silence, and pinged no oftener than each 95 s",
    run: async (registrar) => {
      const { connection } = await registrar.bind();
      await pause(15_000);
      expect(lineEndsAfter(connection.text)).toBe("");
      expect(connection.closedAtMs).toBeUndefined();
    },
  },
  {
    section: "RFC 5626 §4.5",
    must: "a flow that the server closes is registered anew by another",
    run: async (registrar) => {
      const { connection, register } = await registrar.bind();
      await pause(200);
      connection.socket.end();
      await expectRecovered(registrar, 2, register, 6000);
    },
  },
  {
    section: "RFC 5626 §4.5",
    must: "while flows fail at once the pauses between them grow",
    run: async (registrar) => {
      const first = await registrar.connection(1);
      first.socket.destroy();
      registrar.greet = ({ socket }) => socket.destroy();
      const times = [first.openedAtMs];
      for (let number = 2; number <= 4; number++) times.push((await registrar.connection(number, 12_000)).openedAtMs);
      const [one = 0, two = 0, three = 0] = times.slice(1).map((time, at) => time - (times[at] ?? 0));
      expect(one).toBeGreaterThan(900);
      expect(two).toBeGreaterThan(900);
      expect(three, `pauses of ${[one, two, three].map(Math.round).join(", ")} ms`).toBeGreaterThan(1900);
    },
  },
  {
    section: "RFC 5626 §3.5.1",
    must: "a ping of the server's is answered by one line end",
    run: async (registrar) => {
      const { connection } = await registrar.bind();
      await pause(200);
      connection.socket.write("\r\n\r\n");
      await eventually("a pong", () => lineEndsAfter(connection.text) === "\r\n" || undefined, 2000);
      await pause(500);
      expect(lineEndsAfter(connection.text)).toBe("\r\n");
    },
  },
  {
    section: "RFC 5626 §4.3",
    must: "a request that comes by the flow is answered by the flow",
    run: async (registrar) => {
      const { connection, register } = await registrar.bind();
      const uri = /<([^>]*)>/.exec(value(register, "Contact"))?.[1] ?? "";
      await pause(200);
      connection.socket.write(
        [
          `OPTIONS ${uri} SIP/2.0`,
          `Via: SIP/2.0/TCP ${registrar.address}:5060;branch=z9hG4bKflow`,
          "Max-Forwards: 70",
          `From: <sip:asks@${registrar.address}>;tag=asks`,
          `To: <${uri}>`,
          "Call-ID: by-the-flow",
          "CSeq: 1 OPTIONS",
          "Content-Length: 0",
          "\r\n",
        ].join("\r\n"),
      );
      await eventually(
        "200",
        () => /SIP\/2\.0 200[\s\S]*Call-ID: by-the-flow/.test(connection.text) || undefined,
        2000,
      );
      expect(registrar.connections.length).toBe(1);
    },
  },
];

/** Whether a stream can run as it is told to: what main asks for is checked before anything changes. */
import { PhoneError } from "../base/error.ts";
import { codecs } from "../codec/index.ts";
import { factsOf, findSuite } from "../srtp/suite.ts";
import type { StreamSecurity, StreamSettings } from "./protocol.ts";

export class BadSettingsError extends PhoneError {
  readonly code = "bad-settings";
}

/** @throws BadSettingsError that names the stream and what is wrong */
export function checkSettings(id: number, settings: StreamSettings): void {
  const refuse = (what: string): never => {
    throw new BadSettingsError(`media stream ${id}: ${what}`);
  };
  const isType = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 127;
  const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535;
  if (!Object.hasOwn(codecs, settings.codec)) refuse(`codec "${settings.codec}" does not exist`);
  if (!isType(settings.payloadType)) refuse(`payload type ${settings.payloadType}`);
  if (settings.ptimeMs % 10 !== 0 || settings.ptimeMs < 10 || settings.ptimeMs > 60)
    refuse(`a packet time of ${settings.ptimeMs} ms: 10 to 60 in steps of 10`);
  if (!isPort(settings.remote.port) || !isPort(settings.remote.rtcpPort))
    refuse(`remote ports ${settings.remote.port} and ${settings.remote.rtcpPort}`);
  for (const { payloadType, codec } of settings.receive) {
    if (!isType(payloadType)) refuse(`payload type ${payloadType} to receive`);
    if (!Object.hasOwn(codecs, codec)) refuse(`codec "${codec}" to receive does not exist`);
  }
  if (settings.security !== undefined) checkSecurity(settings.security, refuse);
  for (const pair of [settings.comfortNoise, settings.red])
    if (pair !== undefined && (!isType(pair.sendType) || !isType(pair.receiveType)))
      refuse(`payload types ${pair.sendType} and ${pair.receiveType} of comfort noise or redundancy`);
  const dtmf = settings.dtmf;
  if (dtmf !== undefined && (!isType(dtmf.sendType) || !isType(dtmf.receiveType) || dtmf.rateHz < 8000))
    refuse(`telephone-event types ${dtmf.sendType}, ${dtmf.receiveType} at ${dtmf.rateHz} Hz`);
}

/** What it says of a key is its length alone. */
function checkSecurity({ suite, send, receive }: StreamSecurity, refuse: (what: string) => never): void {
  if (findSuite(suite) === undefined) refuse(`crypto suite "${suite}" does not exist`);
  const { keyBytes, saltBytes } = factsOf(suite);
  if (receive.length === 0) refuse(`${suite} without a key of the far end`);
  for (const { keySalt, mki } of [send, ...receive]) {
    if (keySalt.length !== keyBytes + saltBytes)
      refuse(`a key of ${keySalt.length} bytes, where ${suite} has ${keyBytes + saltBytes}`);
    if (mki !== undefined && (mki.length < 1 || mki.length > 128)) refuse(`an MKI of ${mki.length} bytes`);
  }
}

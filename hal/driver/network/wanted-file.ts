/** Reads what the phone wants of its network from the text of a file. The reader has more rights than the writer, so that nothing is believed unseen. Pure. */

import { isIpv4 } from "../../ipv4.ts";
import type { AddressWanted, LinkSpeed, LldpWanted, NetworkWanted, VlanTag } from "../../network-setup.ts";

export type ReadWanted =
  | { readonly ok: true; readonly wanted: NetworkWanted }
  /** `why` names the field and what it has to be. */
  | { readonly ok: false; readonly why: string };

class Wrong extends Error {}

export function readWanted(text: string): ReadWanted {
  try {
    const whole: unknown = JSON.parse(text);
    const top = new Fields("", whole);
    top.number("version", 1, 1);
    const vlan = top.inner("vlan");
    const lldp = top.optional("lldp");
    const marking = top.inner("marking");
    const tag = vlan.optional("manual");
    const wanted: NetworkWanted = {
      version: 1,
      address: addressIn(top.inner("address")),
      vlan: {
        manual: tag === undefined ? undefined : tagIn(tag),
        dhcpOptions: vlan.numbers("dhcpOptions", 128, 254, 5),
        fallBack: vlan.flag("fallBack"),
      },
      lldp: lldp === undefined ? undefined : lldpIn(lldp),
      speed: top.oneOf("speed", speeds),
      marking: {
        signalDscp: marking.number("signalDscp", 0, 63),
        audioDscp: marking.number("audioDscp", 0, 63),
        signalPorts: marking.numbers("signalPorts", 1, 65_535, 200),
        audioPortMin: marking.number("audioPortMin", 1, 65_535),
        audioPortMax: marking.number("audioPortMax", marking.number("audioPortMin", 1, 65_535), 65_535),
      },
      dhcpPatienceSeconds: top.number("dhcpPatienceSeconds", 1, 86_400),
    };
    return { ok: true, wanted };
  } catch (error) {
    // The parser's own words would quote the file.
    return { ok: false, why: error instanceof Wrong ? error.message : "it is no JSON" };
  }
}

const speeds: readonly LinkSpeed[] = ["auto", "10-half", "10-full", "100-half", "100-full", "1000-full"];

function addressIn(fields: Fields): AddressWanted {
  const dns = { servers: fields.addresses("dns", 2) };
  if (fields.oneOf("type", ["dhcp", "static"]) === "dhcp")
    return { type: "dhcp", hostName: fields.text("hostName", 63), vendorClass: fields.text("vendorClass", 255), dns };
  return {
    type: "static",
    address: fields.address("address"),
    prefixLength: fields.number("prefixLength", 1, 30),
    gateway: fields.text("gateway", 15) === "" ? "" : fields.address("gateway"),
    dns,
  };
}

function tagIn(fields: Fields): VlanTag {
  return { id: fields.number("id", 1, 4094), priority: fields.number("priority", 0, 7) };
}

function lldpIn(fields: Fields): LldpWanted {
  return {
    intervalSeconds: fields.number("intervalSeconds", 1, 3600),
    manufacturer: fields.text("manufacturer", 32),
    model: fields.text("model", 32),
    firmware: fields.text("firmware", 32),
    serial: fields.text("serial", 32),
  };
}

class Fields {
  readonly #where: string;
  readonly #holder: object;

  constructor(where: string, holder: unknown) {
    if (typeof holder !== "object" || holder === null) throw new Wrong(`${where || "the whole"} is to be an object`);
    this.#where = where;
    this.#holder = holder;
  }

  inner(name: string): Fields {
    return new Fields(this.#named(name), this.#value(name));
  }

  optional(name: string): Fields | undefined {
    const value = this.#value(name);
    return value === undefined || value === null ? undefined : new Fields(this.#named(name), value);
  }

  number(name: string, least: number, most: number): number {
    return this.#number(name, this.#value(name), least, most);
  }

  numbers(name: string, least: number, most: number, count: number): number[] {
    return this.#list(name, count).map((value) => this.#number(name, value, least, most));
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    if (typeof value !== "boolean") throw new Wrong(`${this.#named(name)} is to be true or false`);
    return value;
  }

  text(name: string, most: number): string {
    const value = this.#value(name);
    if (typeof value !== "string" || value.length > most || !/^[\x20-\x7e]*$/.test(value))
      throw new Wrong(`${this.#named(name)} is to be a text of at most ${most} printable characters`);
    return value;
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.#value(name));
    if (found === undefined) throw new Wrong(`${this.#named(name)} is to be one of ${choices.join(", ")}`);
    return found;
  }

  address(name: string): string {
    return this.#address(name, this.#value(name));
  }

  /** `servers` of an object. */
  addresses(name: string, count: number): string[] {
    const inner = this.inner(name);
    return inner.#list("servers", count).map((value) => inner.#address("servers", value));
  }

  #address(name: string, value: unknown): string {
    if (typeof value !== "string" || !isIpv4(value)) throw new Wrong(`${this.#named(name)} is to be an IPv4 address`);
    return value;
  }

  #number(name: string, value: unknown, least: number, most: number): number {
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
      throw new Wrong(`${this.#named(name)} is to be a number of ${least} to ${most}`);
    return value;
  }

  #list(name: string, count: number): readonly unknown[] {
    const value = this.#value(name);
    if (!Array.isArray(value) || value.length > count)
      throw new Wrong(`${this.#named(name)} is to be a list of at most ${count}`);
    return value;
  }

  #named(name: string): string {
    return this.#where === "" ? name : `${this.#where}.${name}`;
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#holder, name) ? Reflect.get(this.#holder, name) : undefined;
  }
}

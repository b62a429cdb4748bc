/** The list of parameters: complete against the names that provisioning templates use, and sound in itself. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { modelById, models } from "../../../board/models/index.ts";
import { aliases } from "../../../src/config/registry/alias.ts";
import { lookUp, parameters } from "../../../src/config/registry.ts";
import { checkValue } from "../../../src/config/value.ts";

/** Has the most of everything. */
const model = modelById("t29g");
/** N stands for an index. */
const names = readFileSync(new URL("../../data/config/names.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "");
const withIndex = (name: string) => name.replaceAll(/\bN\b/g, "1");

describe("registry", () => {
  test("PRV-01: every name of the list of known names has a row, with and without static.", () => {
    expect(names.length).toBeGreaterThan(1200);
    const lacking = names.filter(
      (name) => !lookUp(withIndex(name), model).found || !lookUp(`static.${withIndex(name)}`, model).found,
    );
    expect(lacking).toEqual([]);
  });

  test("PRV-08: static. leads to the same row and the same name", () => {
    expect(lookUp("static.network.port.min_rtpport", model)).toEqual(lookUp("network.port.min_rtpport", model));
  });

  test.each(parameters.map((row) => [`${row.area} ${row.name}`, row] as const))("%s is a sound row", (_, row) => {
    if (row.default !== "") expect(checkValue(row.kind, row.default)).toEqual({ ok: true, value: row.default });
    if (row.kind.type === "flag" || row.kind.type === "steps") expect(row.default).not.toBe("");
    if (row.kind.type === "number") expect(row.kind.least).toBeLessThan(row.kind.most);
    expect(row.help).toMatch(/^[A-Z].*\.$/);
    expect(row.help).not.toMatch(/yealink/i);
    expect(row.feature).toMatch(/^(NET|PRV|ACC|CAL|DIR|UIX|API|AUD|VQM|SEC|MNT)-[0-9]{2,3}$/);
    expect(row.places).toHaveLength(row.name.split(".").filter((segment) => /^[XYZ]$/.test(segment)).length);
    expect(row.name).not.toMatch(/^static\./);
  });

  test("every row is found by its own name with indexes", () => {
    for (const row of parameters) {
      const place = row.name.replaceAll(/\b[XYZ]\b/g, "1");
      expect(lookUp(place, model), place).toMatchObject({ found: true, parameter: { name: row.name } });
    }
  });

  test.each(aliases)("PRV-08: the older spelling %s means %s", (alias, name) => {
    const target = lookUp(withIndex(name.replaceAll("X", "1")), model);
    expect(target.found).toBe(true);
    expect(lookUp(alias.replaceAll("X", "1"), model)).toEqual(target);
  });

  test("an older spelling carries its index over", () => {
    expect(lookUp("account.3.sip_server_host", model)).toMatchObject({
      found: true,
      name: "account.3.sip_server.1.address",
    });
    expect(lookUp("account.3.backup_outbound_port", model)).toMatchObject({ name: "account.3.outbound_proxy.2.port" });
  });

  test.each(models.map((m) => [m.id, m] as const))(
    "XCT-04: %s has as many accounts and keys as its profile says",
    (_, m) => {
      const found = (name: string) => lookUp(name, m).found;
      expect(found(`account.${m.accounts}.enable`)).toBe(true);
      expect(found(`account.${m.accounts + 1}.enable`)).toBe(false);
      expect(found(`linekey.${m.lineKeys}.type`)).toBe(m.lineKeys > 0);
      expect(found(`linekey.${m.lineKeys + 1}.type`)).toBe(false);
      for (let key = 1; key <= 14; key += 1)
        expect(found(`programablekey.${key}.type`)).toBe(m.programableKeys.includes(key));
      expect(found("expansion_module.6.key.40.type")).toBe(m.expansion !== undefined);
      expect(found("expansion_module.7.key.1.type")).toBe(false);
      expect(found("expansion_module.1.key.41.type")).toBe(false);
    },
  );

  test("XCT-04: an index that the model lacks is told apart from an unknown name, in words", () => {
    const lookup = lookUp("account.17.sip_server.2.port", modelById("t46g"));
    expect(lookup).toMatchObject({
      found: false,
      beyond: { part: "account.17", why: expect.stringContaining("SIP-T46G") },
    });
    expect(lookUp("account.1.sip_server.3.port", model)).toMatchObject({ beyond: { part: "account.1.sip_server.3" } });
    expect(lookUp("account.1.shoe_size", model)).toEqual({ found: false, name: "account.1.shoe_size" });
  });

  test.each([
    "account.0.enable",
    "account.01.enable",
    "account.x.enable",
    "account.X.enable",
    "account..enable",
    "account.1",
    "",
    ".",
  ])("%j is no name of a parameter", (name) => {
    expect(lookUp(name, model).found).toBe(false);
  });

  test("ACC-11 ACC-17 NET-37 SEC-03 UIX-31: defaults that are safer than the reference's say what it has, and why not", () => {
    const safer = parameters.filter((row) => row.safer !== undefined).map((row) => [row.name, row.default]);
    expect(Object.fromEntries(safer)).toEqual({
      "account.X.reregister_enable": "1",
      "account.X.sip_trust_ctrl": "1",
      "account.X.static_cache_pri": "1",
      "phone_setting.phone_lock.unlock_pin": "",
      "security.cn_validation": "1",
    });
  });

  /** Restated by hand from the attested ranges of the feature map. */
  test.each([
    ["account.1.reg_fail_retry_interval", "30", 0, 1800],
    ["account.1.session_timer.expires", "1800", 1, 9999],
    ["account.1.bla_subscribe_period", "300", 60, 7200],
    ["auto_redial.interval", "10", 1, 300],
    ["auto_provision.repeat.minutes", "1440", 1, 43200],
    ["features.hotline_delay", "4", 0, 180],
    ["features.relog_offtime", "5", 1, 1000],
    ["forward.no_answer.timeout", "2", 0, 20],
    ["ldap.max_hits", "50", 1, 32000],
    ["network.port.min_rtpport", "11780", 0, 65535],
    ["network.port.max_rtpport", "11800", 0, 65535],
    ["network.qos.rtptos", "46", 0, 63],
    ["network.qos.signaltos", "26", 0, 63],
    ["phone_setting.inter_digit_time", "4", 1, 14],
    ["sip.reg_surge_prevention", "0", 0, 60],
    ["voice.ring_vol", "8", 0, 15],
    ["voice.side_tone", "-3", -48, 0],
    ["voice.jib.max", "300", 0, 400],
    ["zero_touch.wait_time", "5", 0, 100],
  ])("feature map annex B: %s is %s, from %d to %d", (name, value, least, most) => {
    expect(lookUp(name, model)).toMatchObject({ parameter: { default: value, kind: { type: "number", least, most } } });
  });

  test.each([
    ["account.1.dtmf.type", "1"],
    ["account.1.sip_server.1.transport_type", "0"],
    ["account.1.sip_server.1.expires", "3600"],
    ["account.1.ptime", "20"],
    ["call_waiting.enable", "1"],
    ["features.busy_tone_delay", "0"],
    ["features.direct_ip_call_enable", "1"],
    ["features.dnd_refuse_code", "480"],
    ["features.normal_refuse_code", "486"],
    ["features.pound_key.mode", "1"],
    ["sip.use_23_as_pound", "1"],
    ["voice.jib.adaptive", "1"],
    ["watch_dog.enable", "1"],
  ])("feature map annex B: %s is %s at first", (name, value) => {
    expect(lookUp(name, model)).toMatchObject({ parameter: { default: value } });
  });
});

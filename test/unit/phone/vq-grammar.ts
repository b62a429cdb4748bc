/** A reader of application/vq-rtcpxr by the grammar of RFC 6035 §4.6.1, written apart from what writes it: says what is wrong with a body. */

const number = (digits: number) => `\\d{1,${digits}}`;
const decimal = (digits: number) => `\\d{1,${digits}}(\\.\\d{1,2})?`;
const dateTime = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)";
const word = "[A-Za-z0-9\\-.!%*_+`'~()<>:\\\\/\"?{}\\[\\]@]+";
const quoted = '"(?:[^"\\\\\\x00-\\x1f]|\\\\.)*"';

/** Tokens of a line in their order; each at most once, all optional, with a space between them. */
function fields(name: string, parts: readonly (readonly [token: string, value: string])[]): RegExp {
  const inner = parts.map(([token, value]) => `(?: ${token}=(?:${value}))?`).join("");
  return new RegExp(`^${name}:(?=.)${inner}$`);
}

const metrics: readonly (readonly [name: string, form: RegExp])[] = [
  ["Timestamps", new RegExp(`^Timestamps: START=${dateTime} STOP=${dateTime}$`)],
  [
    "SessionDesc",
    fields("SessionDesc", [
      ...([
        ["PT", number(3)],
        ["PD", `${word}|${quoted}`],
        ["SR", number(6)],
        ["FD", number(4)],
      ] as const),
      ...([
        ["FO", number(5)],
        ["FPP", number(2)],
        ["PPS", number(5)],
        ["FMTP", quoted],
      ] as const),
      ...([
        ["PLC", "[0-3]"],
        ["SSUP", "on|off"],
      ] as const),
    ]),
  ],
  [
    "JitterBuffer",
    fields("JitterBuffer", [
      ...([
        ["JBA", "[0-3]"],
        ["JBR", number(2)],
        ["JBN", number(5)],
        ["JBM", number(5)],
        ["JBX", number(5)],
      ] as const),
    ]),
  ],
  [
    "PacketLoss",
    fields("PacketLoss", [
      ["NLR", decimal(3)],
      ["JDR", decimal(3)],
    ]),
  ],
  [
    "BurstGapLoss",
    fields("BurstGapLoss", [
      ...([
        ["BLD", decimal(3)],
        ["BD", number(7)],
        ["GLD", decimal(3)],
        ["GD", number(7)],
        ["GMIN", number(3)],
      ] as const),
    ]),
  ],
  [
    "Delay",
    fields("Delay", [
      ...([
        ["RTD", number(5)],
        ["ESD", number(5)],
        ["OWD", number(5)],
        ["SOWD", number(5)],
      ] as const),
      ...([
        ["IAJ", number(5)],
        ["MAJ", number(5)],
      ] as const),
    ]),
  ],
  [
    "Signal",
    fields("Signal", [
      ["SL", `-?${number(2)}`],
      ["NL", `-?${number(2)}`],
      ["RERL", number(3)],
    ]),
  ],
  [
    "QualityEst",
    fields("QualityEst", [
      ...([
        ["RLQ", number(3)],
        ["RLQEstAlg", word],
        ["RCQ", number(3)],
        ["RCQEstAlg", word],
      ] as const),
      ...([
        ["EXTRI", number(3)],
        ["ExtRIEstAlg", word],
        ["EXTRO", number(3)],
        ["ExtROEstAlg", word],
      ] as const),
      ...([
        ["MOSLQ", "\\d(\\.\\d{1,3})?"],
        ["MOSLQEstAlg", word],
      ] as const),
      ...([
        ["MOSCQ", "\\d(\\.\\d{1,3})?"],
        ["MOSCQEstAlg", word],
        ["QoEEstAlg", word],
      ] as const),
    ]),
  ],
];

const party = new RegExp(`^(?:${quoted} ?|[A-Za-z0-9 .]* ?)<(?:sips?|tel):[^<> ]+>$`);
const address = "IP=(?:[0-9.]+|[0-9A-Fa-f:.]+) PORT=\\d{1,5} SSRC=0x[0-9A-Fa-f]{1,8}";
const mac = "[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}";

const info: readonly (readonly [name: string, form: RegExp, needed: boolean])[] = [
  ["CallID", new RegExp(`^CallID: ${word}$`), true],
  ["LocalID", party, true],
  ["RemoteID", party, true],
  ["OrigID", party, true],
  ["LocalAddr", new RegExp(`^LocalAddr: ${address}$`), true],
  ["RemoteAddr", new RegExp(`^RemoteAddr: ${address}$`), true],
  ["LocalGroup", new RegExp(`^LocalGroup: ${word}$`), true],
  ["RemoteGroup", new RegExp(`^RemoteGroup: ${word}$`), true],
  ["LocalMAC", new RegExp(`^LocalMAC: ${mac}$`), false],
  ["RemoteMAC", new RegExp(`^RemoteMAC: ${mac}$`), false],
];

const first = [
  /^VQSessionReport(: CallTerm)?$/,
  /^VQIntervalReport(: CallTerm)?$/,
  /^VQAlertReport: Type=\S+ Severity=(Warning|Critical|Clear) Dir=(local|remote)$/,
];

/** undefined when the whole body is as the grammar says. */
export function vqFault(body: string): string | undefined {
  if (!body.endsWith("\r\n")) return "the last line has no CRLF";
  const lines = body.slice(0, -2).split("\r\n");
  if (lines.some((line) => /[\r\n]/.test(line))) return "a bare CR or LF";
  const next = () => lines.shift() ?? "";
  const head = next();
  if (!first.some((form) => form.test(head))) return `it begins with "${head}"`;
  for (const [name, form, needed] of info) {
    if (!lines[0]?.startsWith(`${name}: `)) {
      if (needed) return `${name} is missing before "${lines[0]}"`;
      continue;
    }
    const line = next();
    if (!form.test(form === party ? line.slice(name.length + 2) : line)) return `"${line}"`;
  }
  if (next() !== "LocalMetrics:") return "no LocalMetrics";
  const fault = metricsFault(lines, next);
  if (fault !== undefined) return fault;
  if (lines[0] === "RemoteMetrics:") {
    next();
    const theirs = metricsFault(lines, next);
    if (theirs !== undefined) return theirs;
  }
  if (lines.length > 0 && !new RegExp(`^DialogID: ${word};to-tag=[^;\\s]+;from-tag=[^;\\s]+$`).test(next()))
    return "the dialog's name";
  return lines.length === 0 ? undefined : `"${lines[0]}" behind the end`;
}

function metricsFault(lines: readonly string[], next: () => string): string | undefined {
  for (const [name, form] of metrics) {
    if (!lines[0]?.startsWith(`${name}:`)) {
      if (name === "Timestamps") return "no Timestamps";
      continue;
    }
    const line = next();
    if (!form.test(line)) return `"${line}"`;
  }
  return undefined;
}

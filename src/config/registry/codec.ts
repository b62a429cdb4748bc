/** Codecs of an account, in the named spelling (V81) and the numbered one (V80). How both make one list is in ../codec-list.ts. */
import type { Parameter } from "../parameter.ts";
import { accounts, area, choice, flag, number, text, to } from "../row.ts";

const inCalls = { by: "phone", effect: "new calls" } as const;

/** Name in files, on by default, priority (1 is tried first), payload type; and whether this phone has it. */
const codecs: readonly [string, 0 | 1, number, number, boolean][] = [
  ["pcmu", 1, 1, 0, true],
  ["pcma", 1, 2, 8, true],
  ["g729", 1, 3, 18, true],
  ["g722", 1, 4, 9, true],
  ["g723_53", 0, 0, 4, false],
  ["g723_63", 0, 0, 4, false],
  ["g726_16", 0, 0, 103, true],
  ["g726_24", 0, 0, 104, true],
  ["g726_32", 0, 0, 102, true],
  ["g726_40", 0, 0, 105, true],
  ["ilbc", 0, 0, 106, true],
  ["ilbc_13_3", 0, 0, 106, true],
  ["ilbc_15_2", 0, 0, 106, true],
  ["opus", 0, 0, 107, true],
  ["l16", 0, 0, 108, true],
  ["l16_8", 0, 0, 109, true],
  ["g722_1_24kpbs", 0, 0, 121, false],
  ["g722_1c_24kpbs", 0, 0, 122, false],
  ["g722_1c_32kpbs", 0, 0, 122, false],
  ["g722_1c_48kpbs", 0, 0, 122, false],
];

const named: readonly Parameter[] = area(
  "codec",
  { X: accounts },
  codecs.flatMap(([name, on, priority, type, ours]) => {
    const more = ours ? inCalls : { effect: "new calls" as const };
    const title = name.toUpperCase();
    return [
      flag(`account.X.codec.${name}.enable`, on, "AUD-01", `Offers ${title}.`, more),
      number(
        `account.X.codec.${name}.priority`,
        priority,
        [0, 99],
        "AUD-01",
        `Place of ${title} in offers, 1 first.`,
        more,
      ),
      number(`account.X.codec.${name}.rtpmap`, type, [0, 127], "AUD-01", `Payload type of ${title}.`, more),
    ];
  }),
);

/** What is said of a codec in SDP, for those that have something to say. */
const parameters: readonly Parameter[] = area("codec", { X: accounts }, [
  text(
    "account.X.codec.opus.para",
    "useinbandfec=1;maxaveragebitrate=32000",
    "AUD-01",
    "How we like to receive OPUS (maxaveragebitrate, useinbandfec, usedtx, cbr; separated by semicolons); our own bit rate stays below it too.",
    { ...inCalls, most: 128 },
  ),
  text(
    "account.X.codec.g729.para",
    "",
    "AUD-02",
    "What we say of G729: annexb=no asks for it without its silence frames.",
    {
      ...inCalls,
      most: 128,
    },
  ),
]);

const numbered: readonly Parameter[] = area("codec", { X: accounts, Y: to(20) }, [
  choice(
    "account.X.codec.Y.enable",
    "",
    { 0: "off", 1: "on" },
    "AUD-01",
    "Offers the codec that payload_type names.",
    inCalls,
  ),
  text("account.X.codec.Y.payload_type", "", "AUD-01", "Codec of this entry: PCMU, PCMA, G722 and so on.", {
    ...inCalls,
    most: 32,
  }),
  number("account.X.codec.Y.priority", "", [0, 99], "AUD-01", "Place of that codec in offers, 1 first.", inCalls),
  number("account.X.codec.Y.rtpmap", "", [0, 127], "AUD-01", "Payload type of that codec.", inCalls),
]);

export const codecRows = [...named, ...parameters, ...numbered];

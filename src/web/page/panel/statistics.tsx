/** Live figures of the calls, in words that a person understands. */
import type { CallFigures, MediaFigures } from "./types.ts";

interface StatisticsProps {
  readonly figures: MediaFigures | undefined;
  readonly trouble: string | undefined;
}

export function Statistics({ figures, trouble }: StatisticsProps) {
  if (trouble !== undefined) return <p class="quiet">No figures: {trouble}.</p>;
  if (figures === undefined) return <p class="quiet">Waiting for the first figures.</p>;
  return (
    <>
      {figures.calls.length === 0 && <p class="quiet">No call. Dial a number and look again.</p>}
      {figures.calls.map((call) => (
        <Call key={call.stream} call={call} />
      ))}
      <p class="quiet small">
        Sound card: {figures.underruns} underruns. Media worker: {figures.loopDelayMs.median.toFixed(1)} ms late, at
        worst {figures.loopDelayMs.worst.toFixed(1)} ms.
      </p>
    </>
  );
}

function Call({ call }: { call: CallFigures }) {
  const rows: [string, string, string][] = [
    ["Codec", codecWords(call.codec), "How speech is packed; HD is 16 kHz instead of 8"],
    [
      "Lost",
      `${percent(call.lossPercent)} (${call.lost} of ${call.lost + call.packetsReceived})`,
      "Packets that never came",
    ],
    ["Jitter", ms(call.jitterMs), "How unevenly packets come"],
    ["Buffer delay", `${ms(call.bufferDelayMs)}, aims at ${ms(call.bufferTargetMs)}`, "Waiting time that evens it out"],
    ["Late", `${call.late} packets`, "Came after their turn"],
    ["Concealed", `${(call.concealedFrames / 100).toFixed(2)} s`, "Speech made up where packets were missing"],
    ["Round trip", call.roundTripMs === undefined ? "not told yet" : ms(call.roundTripMs), "There and back, by RTCP"],
    [
      "They lose",
      call.remoteLossPercent === undefined ? "not told yet" : percent(call.remoteLossPercent),
      "What the far end misses of us, by RTCP",
    ],
    ["Packets", `${call.packetsSent} out, ${call.packetsReceived} in`, "Of RTP"],
    ["Far end", call.remote, "Address of its RTP"],
  ];
  return (
    <article class="figures" aria-label={`Call with ${call.remote}`}>
      <Quality mos={call.mos} />
      <dl>
        {rows.map(([name, value, meaning]) => (
          <div key={name} title={meaning}>
            <dt>{name}</dt>
            <dd data-figure={name.toLowerCase().replace(" ", "-")}>{value}</dd>
          </div>
        ))}
      </dl>
      <Level name="They speak" dbov={call.levelInDbov} />
      <Level name="You speak" dbov={call.levelOutDbov} />
    </article>
  );
}

function Quality({ mos }: { mos: number | undefined }) {
  if (mos === undefined) return <p class="quality quiet">Quality: not known yet</p>;
  const word = mos >= 4 ? "good" : mos >= 3.6 ? "fair" : mos >= 3.1 ? "poor" : "bad";
  return (
    <div class={`quality ${word}`}>
      <span>
        Quality <b data-figure="mos">{mos.toFixed(1)}</b> <small>of 4.5, {word}</small>
      </span>
      <meter min={1} max={4.5} low={3.1} high={3.9} optimum={4.5} value={mos} aria-label="Quality (MOS)" />
    </div>
  );
}

function Level({ name, dbov }: { name: string; dbov: number }) {
  const silent = !Number.isFinite(dbov) || dbov <= -90;
  return (
    <div class="level">
      <span>{name}</span>
      <meter min={-70} max={0} high={-6} optimum={-25} value={silent ? -70 : dbov} aria-label={`${name}, level`} />
      <span>{silent ? "silence" : `${dbov.toFixed(0)} dB`}</span>
    </div>
  );
}

function codecWords(codec: string | undefined): string {
  const names: Readonly<Record<string, string>> = { pcmu: "G.711 µ-law", pcma: "G.711 A-law", g722: "G.722 HD" };
  return codec === undefined ? "not agreed yet" : (names[codec] ?? codec);
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

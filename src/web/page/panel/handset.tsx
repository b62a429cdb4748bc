/** The handset in its cradle, drawn; a click lifts or replaces it. */

/** A coiled cord from one point to another, hanging through by `sagPx`. */
function coil(x0: number, y0: number, x1: number, y1: number, sagPx: number): string {
  const loops = 15;
  const radius = 6.5;
  const points: string[] = [];
  for (let i = 0; i <= loops * 14; i++) {
    const t = i / (loops * 14);
    const turn = t * loops * 2 * Math.PI;
    const x = x0 + (x1 - x0) * t + radius * Math.cos(turn);
    const y = y0 + (y1 - y0) * t + sagPx * 4 * t * (1 - t) + radius * 0.8 * Math.sin(turn);
    points.push(`${x.toFixed(1)} ${y.toFixed(1)}`);
  }
  return `M${points.join("L")}`;
}

const lying = coil(66, 515, 128, 562, 34);
const lifted = coil(38, 476, 128, 562, 52);

export function Handset({ off, onToggle }: { off: boolean; onToggle: () => void }) {
  return (
    <div class="cradle">
      <div class="well ear" />
      <div class="well mouth" />
      <svg class="cord" viewBox="0 0 150 620" aria-hidden="true">
        <path d={off ? lifted : lying} class="cord-shade" />
        <path d={off ? lifted : lying} class="cord-line" />
      </svg>
      <button
        type="button"
        class={`handset ${off ? "lifted" : ""}`}
        aria-label={off ? "replace handset" : "lift handset"}
        aria-pressed={off}
        title={off ? "Replace the handset (Space)" : "Lift the handset (Space)"}
        onPointerDown={(event) => event.preventDefault()}
        onClick={onToggle}
      >
        <svg viewBox="0 0 120 510" aria-hidden="true">
          <defs>
            <linearGradient id="shell" x1="0" x2="1">
              <stop offset="0" stop-color="#15181b" />
              <stop offset="0.18" stop-color="#4d545b" />
              <stop offset="0.42" stop-color="#333940" />
              <stop offset="0.8" stop-color="#24282d" />
              <stop offset="1" stop-color="#0e1012" />
            </linearGradient>
            <linearGradient id="cup" x1="0" x2="0" y1="0" y2="1">
              <stop offset="0" stop-color="#565d65" />
              <stop offset="0.35" stop-color="#353b42" />
              <stop offset="1" stop-color="#1d2125" />
            </linearGradient>
          </defs>
          <path
            d="M34 4h52c18 0 28 12 28 30v66c0 22-16 30-18 52-3 34-4 68-4 103s1 69 4 103c2 22 18 30 18 52v66c0 18-10 30-28 30H34C16 506 6 494 6 476v-66c0-22 16-30 18-52 3-34 4-68 4-103s-1-69-4-103C22 130 6 122 6 100V34C6 16 16 4 34 4z"
            fill="url(#shell)"
            stroke="#0a0b0d"
            stroke-width="1.5"
          />
          <rect x="17" y="14" width="86" height="94" rx="26" fill="url(#cup)" opacity="0.75" />
          <rect x="17" y="402" width="86" height="94" rx="26" fill="url(#cup)" opacity="0.75" />
          <path
            d="M40 122c-3 40-4 90-4 133s1 93 4 133"
            stroke="#727a83"
            stroke-width="2.5"
            fill="none"
            opacity="0.55"
          />
          <path d="M26 26c8-10 22-12 34-12s26 2 34 12" stroke="#8b939c" stroke-width="2" fill="none" opacity="0.5" />
        </svg>
      </button>
    </div>
  );
}

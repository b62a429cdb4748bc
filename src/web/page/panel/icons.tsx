/** Small drawings on keys, stroked in the colour of the legend. */

const paths: Readonly<Record<string, string>> = {
  up: "M5 14.5 12 8l7 6.5",
  down: "M5 9.5 12 16l7-6.5",
  left: "M14.5 5 8 12l6.5 7",
  right: "M9.5 5 16 12l-6.5 7",
  cancel: "M6 6l12 12M18 6 6 18",
  message: "M3.5 6.5h17v11h-17zM3.5 7l8.5 6.5L20.5 7",
  headset: "M4.5 14v-2a7.5 7.5 0 0 1 15 0v2M4.5 13.5h3v5h-3zM16.5 13.5h3v5h-3zM18 18.5c0 2-2.5 2.5-4.5 2.5",
  speaker: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15 9a4.2 4.2 0 0 1 0 6M17.5 6.5a7.8 7.8 0 0 1 0 11",
  mute: "M12 3.5a2.7 2.7 0 0 1 2.7 2.7v5a2.7 2.7 0 0 1-5.4 0v-5A2.7 2.7 0 0 1 12 3.500M6.500 11.500a5.500 5.500 0 0 0 11 0M12 17v3.500M8.500 20.500h7M4.500 4.500l15 15",
  hold: "M8.500 6v12M15.500 6v12",
  transfer: "M4 8.500h13M13.500 5l3.500 3.500-3.500 3.500M20 15.500H7M10.500 12 7 15.500l3.500 3.500",
  conference:
    "M12 10.500a3 3 0 1 0-.01 0M6 18.500a6 6 0 0 1 12 0M4.500 11.500a2.200 2.200 0 1 0-.01 0M19.500 11.500a2.200 2.200 0 1 0-.01 0",
  redial: "M6 8.500a7 7 0 1 1-1 5M5.500 4v4.500H10",
  volume_down: "M6 12h12",
  volume_up: "M6 12h12M12 6v12",
};

export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name] ?? ""} />
    </svg>
  );
}

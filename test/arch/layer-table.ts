/** Which layer a file is in, and what each layer may import: the arrows of the design, as data. */

export interface Layer {
  readonly name: string;
  /** A file belongs to the first layer whose pattern fits its path. */
  readonly files: RegExp;
  /** Other layers whose files may be imported; its own are always allowed. */
  readonly uses: readonly string[];
  /** Node's own modules, without "node:"; "any" for those that touch the operating system by trade. */
  readonly node: readonly string[] | "any";
  /** Packages of npm. */
  readonly packages: readonly string[];
}

const ground = ["base", "hal"];
const media = ["media-protocol", "media-client"];
/** Everything that a layer of the upper rows may use: the rows below it. */
const phoneAndBelow = ["directory", "phone", "sip", "sdp", "config", "model", ...media, ...ground];

const partsOfMain = [...phoneAndBelow, "ui", "web", "provision", "diag", "net", "stun", "board", "driver-os", "device"];

export const layers: readonly Layer[] = [
  // What a phone is made of.
  { name: "driver-os", files: /^hal\/driver\/os\//, uses: ["hal"], node: "any", packages: [] },
  {
    name: "driver-sim",
    files: /^hal\/driver\/sim\//,
    uses: ["hal"],
    node: ["fs", "fs/promises", "buffer"],
    packages: [],
  },
  {
    name: "driver",
    files: /^hal\/driver\//,
    uses: ["hal", "driver-os"],
    node: ["url"],
    packages: ["node-hid", "onoff", "speaker", "mic", "i2c-bus"],
  },
  { name: "hal", files: /^hal\//, uses: [], node: [], packages: [] },

  // Which part is where. The shape of a board and the model profiles are data that the upper rows read.
  { name: "model", files: /^board\/(?:board|model|models)(?:\.ts$|\/)/, uses: ["hal"], node: [], packages: [] },
  {
    name: "board",
    files: /^board\//,
    uses: ["hal", "model", "driver", "driver-os", "driver-sim"],
    node: [],
    packages: [],
  },

  // The top: what puts the parts together, and with them the boards and the drivers of the operating system.
  { name: "page", files: /^src\/web\/page\//, uses: [], node: [], packages: ["preact", "preact/hooks"] },
  {
    name: "main",
    files: /^src\/main\.ts$/,
    uses: ["thread", ...partsOfMain],
    node: ["fs", "fs/promises", "os", "path", "process", "url", "util", "worker_threads", "crypto"],
    packages: [],
  },
  {
    name: "thread",
    files: /^src\/thread\//,
    uses: ["media-engine", "codec", ...partsOfMain],
    node: ["fs", "fs/promises", "os", "path", "process", "url", "util", "worker_threads", "perf_hooks", "crypto", "v8"],
    packages: [],
  },

  // What people and administrators see.
  { name: "ui", files: /^src\/ui\//, uses: phoneAndBelow, node: ["fs", "zlib", "url", "path"], packages: [] },
  {
    name: "web",
    files: /^src\/web\//,
    uses: phoneAndBelow,
    node: ["buffer", "crypto", "fs", "fs/promises", "http", "net", "path", "stream", "url", "zlib"],
    packages: ["fastify", "@fastify/static", "ws", "valibot"],
  },
  {
    name: "provision",
    files: /^src\/provision\//,
    uses: phoneAndBelow,
    node: ["crypto", "path", "url"],
    packages: ["valibot"],
  },
  {
    name: "diag",
    files: /^src\/diag\//,
    uses: phoneAndBelow,
    node: ["fs", "fs/promises", "os", "path", "process", "stream", "zlib"],
    packages: ["pino"],
  },

  // What a person means.
  {
    name: "phone",
    files: /^src\/phone\//,
    uses: ["directory", "sip", "sdp", "config", "model", "codec", "dsp", "stun", ...media, ...ground],
    node: ["fs/promises", "path"],
    packages: [],
  },
  {
    name: "directory",
    files: /^src\/directory\//,
    uses: ["sip", "config", ...ground],
    node: ["fs/promises", "path"],
    packages: [],
  },

  // Signalling, settings, and the two sides of media: main knows the client, the worker knows the engine.
  { name: "sip", files: /^src\/sip\//, uses: ["sdp", "xml", ...ground], node: ["crypto", "buffer"], packages: [] },
  {
    name: "sdp",
    files: /^src\/sdp\//,
    uses: ["ice", "srtp", "media-protocol", ...ground],
    node: [],
    packages: [],
  },
  {
    name: "config",
    files: /^src\/config\//,
    uses: ground,
    node: ["fs", "fs/promises", "path", "crypto"],
    packages: ["valibot"],
  },
  { name: "device", files: /^src\/device\//, uses: ["config", ...ground], node: [], packages: [] },
  {
    name: "media-protocol",
    files: /^src\/media\/(?:protocol|media-statistics|call-quality)\.ts$/,
    uses: ["hal"],
    node: [],
    packages: [],
  },
  {
    name: "media-client",
    files: /^src\/media\/client(?:-[a-z-]+)?\.ts$/,
    uses: ["media-protocol", ...ground],
    node: ["worker_threads"],
    packages: [],
  },
  {
    name: "media-engine",
    files: /^src\/media\//,
    uses: ["media-protocol", "rtp", "srtp", "codec", "dsp", "stun", "ice", ...ground],
    node: [],
    packages: [],
  },

  // The pure bottom, and the only real sockets.
  { name: "xml", files: /^src\/xml\//, uses: ["base"], node: [], packages: ["saxes"] },
  { name: "stun", files: /^src\/stun\//, uses: ground, node: ["crypto"], packages: [] },
  { name: "ice", files: /^src\/ice\//, uses: ["stun", "media-protocol", ...ground], node: [], packages: [] },
  { name: "srtp", files: /^src\/srtp\//, uses: ["media-protocol"], node: ["crypto"], packages: [] },
  {
    name: "rtp",
    files: /^src\/rtp\//,
    uses: ["codec", "dsp", "media-protocol", ...ground],
    node: ["crypto"],
    packages: [],
  },
  { name: "codec", files: /^src\/codec\//, uses: ["dsp", "media-protocol", "base"], node: [], packages: [] },
  {
    name: "dsp",
    files: /^src\/dsp\//,
    uses: ["media-protocol", ...ground],
    node: ["fs"],
    packages: ["@ennuicastr/webrtcaec3.js"],
  },
  {
    name: "net",
    files: /^src\/net\//,
    uses: ground,
    node: ["dgram", "dns", "dns/promises", "http", "https", "net", "tls", "os", "crypto", "fs/promises"],
    packages: [],
  },
  { name: "base", files: /^src\/base\//, uses: ["hal"], node: [], packages: [] },
];

export function layerOf(path: string): Layer | undefined {
  return layers.find((layer) => layer.files.test(path));
}

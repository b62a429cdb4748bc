/** What `prepare.mjs` sees to, by purpose, each with the reason. `program` is what the tests look for. */

/** @type {readonly { name: string, for: "demo" | "test", reason: string, program?: string }[]} */
export const debianPackages = [
  { name: "unifont", for: "demo", reason: "glyphs of the LCD: Latin, Greek, Cyrillic, CJK" },
  { name: "fonts-spleen", for: "demo", reason: "glyphs of the LCD: sharp Latin at several sizes" },
  {
    name: "alsa-utils",
    for: "demo",
    reason: "speech for number 601; arecord and aplay for a PC's own sound card",
    program: "arecord",
  },
  { name: "libasound2-dev", for: "demo", reason: "compiles the npm package speaker" },
  { name: "g++", for: "demo", reason: "compiles the npm packages of the hardware" },
  { name: "make", for: "demo", reason: "compiles the npm packages of the hardware" },
  { name: "python3", for: "demo", reason: "compiles the npm packages of the hardware (node-gyp)" },
  { name: "sip-tester", for: "test", reason: "SIPp, the peer that keeps to the letter", program: "sipp" },
  { name: "baresip-core", for: "test", reason: "baresip, the peer that talks back", program: "baresip" },
  { name: "linphone-cli", for: "test", reason: "Linphone, the peer that holds and resumes", program: "linphonec" },
  { name: "kamailio", for: "test", reason: "a real registrar and proxy", program: "kamailio" },
  { name: "kamailio-sqlite-modules", for: "test", reason: "Kamailio's database of users" },
  { name: "kamailio-tls-modules", for: "test", reason: "Kamailio over TLS" },
  { name: "kamailio-presence-modules", for: "test", reason: "Kamailio's presence and message waiting" },
  { name: "kamailio-outbound-modules", for: "test", reason: "Kamailio's RFC 5626" },
  { name: "sqlite3", for: "test", reason: "fills Kamailio's database", program: "sqlite3" },
  { name: "chromium", for: "test", reason: "the panel page in a real browser", program: "chromium" },
  { name: "dnsmasq-base", for: "test", reason: "a real name server with SRV and NAPTR", program: "dnsmasq" },
  { name: "coturn", for: "test", reason: "a real STUN and TURN server", program: "turnserver" },
  { name: "iproute2", for: "test", reason: "network namespaces: a phone behind a NAT", program: "ip" },
  { name: "nftables", for: "test", reason: "the NAT of that phone", program: "nft" },
  { name: "isc-dhcp-client", for: "test", reason: "DHCP of a device's network port", program: "dhclient" },
  { name: "lldpd", for: "test", reason: "LLDP-MED of a device's network port, and of its switch", program: "lldpd" },
  { name: "systemd", for: "test", reason: "the unit of the phone as a service", program: "systemd-notify" },
  { name: "opus-tools", for: "test", reason: "a second implementation of Opus files", program: "opusdec" },
  { name: "tshark", for: "test", reason: "another reader of our RTCP", program: "tshark" },
  { name: "sox", for: "test", reason: "compares what was heard with what was said", program: "sox" },
];

/** npm packages whose failure to compile stops nothing. `files` tells whether one is usable. */
export const hardwarePackages = [
  {
    name: "node-hid",
    files: ["node-hid/package.json"],
    without: "USB handsets, headsets and keypads will not be seen",
  },
  {
    name: "onoff",
    files: ["onoff/package.json", "epoll/build/Release/epoll.node"],
    without: "keys, hook and lamps on GPIO pins will not work",
  },
  {
    name: "speaker",
    files: ["speaker/build/Release/binding.node"],
    without: "the speaker-mic sound driver will not work (alsa does)",
  },
  {
    name: "i2c-bus",
    files: ["i2c-bus/build/Release/i2c.node"],
    without: "displays on I2C will not work (framebuffers do)",
  },
  { name: "mic", files: ["mic/package.json"], without: "the speaker-mic sound driver will not work (alsa does)" },
];

/** The composition root: puts the parts of the phone together and takes them apart again; no logic. */
import { join } from "node:path";
import { loadBoard } from "../board/index.ts";
import { modelById } from "../board/models/index.ts";
import { reasonOf } from "./base/error.ts";
import { Configuration } from "./config/configuration.ts";
import { openLog } from "./diag/log.ts";
import { CallLog } from "./directory/call-log.ts";
import { MediaClient } from "./media/client.ts";
import { Phone } from "./phone/phone.ts";
import { openActionUrls } from "./thread/action-urls.ts";
import { Flights } from "./thread/flights.ts";
import { followNetwork } from "./thread/follow-network.ts";
import { connectFront } from "./thread/front.ts";
import { checkSoundFiles, connectMedia, followTuning } from "./thread/links.ts";
import { phoneAddress } from "./thread/local-address.ts";
import { furtherAddresses, openNat } from "./thread/nat.ts";
import { openNetworkSetup } from "./thread/network-setup.ts";
import { asksForHelp, type Options, parseOptions, usage } from "./thread/options.ts";
import { followOwnSounds } from "./thread/own-sounds.ts";
import { openPanelServer } from "./thread/panel.ts";
import { recordingsIn } from "./thread/recordings.ts";
import { rereadConfiguration } from "./thread/reread.ts";
import { openSipStack, sipTimers } from "./thread/sip-stack.ts";
import { startMediaWorker } from "./thread/start-media-worker.ts";
import { loadConfiguration, openStores } from "./thread/stores.ts";
import { superviseMain } from "./thread/supervision.ts";
import { openUserInterface } from "./thread/user-interface.ts";
import { openStatusServer } from "./web/status/server.ts";

const firmware = "0.1.0";
/** Whoever runs the phone is to start it again. */
const restartStatus = 3;

const { log } = openLog({ level: "info", write: (line) => process.stderr.write(line) });
const errors = (error: unknown) => log.error({ stack: error instanceof Error ? error.stack : "" }, reasonOf(error));

/** What was opened, to be closed in the opposite order. */
const opened: (() => Promise<void> | void)[] = [];

async function run(options: Options, end: (status: number) => void): Promise<void> {
  const board = await loadBoard(options.board);
  const model = modelById(options.model ?? board.model);
  const clock = board.clock();
  const stores = await openStores(options.data, options.mac, log.child("data"));
  opened.push(() => stores.callLog.flush());
  const config = new Configuration({ model, onError: errors });
  const { keep, flush } = await loadConfiguration(config, options.configs, stores.localPath, log.child("config"));
  opened.push(flush);

  const panel = await board.openPanel(clock, model);
  opened.push(() => panel.close());
  const find = () => phoneAddress({ clock, log, settings: config, accounts: model.accounts });
  const address = options.bind ?? (await find());
  const further = options.bind === undefined ? await furtherAddresses(config, address) : [];
  const certificates = { folder: join(options.data, "certificates"), name: `${model.name} ${stores.mac}` };
  const userAgent = `Offhook ${model.name} ${firmware}`;
  const sip = await openSipStack(clock, log.child("sip"), {
    ...{ address, further },
    name: userAgent,
    mac: stores.mac,
    settings: config,
    accounts: model.accounts,
    certificates,
    timers: sipTimers(config),
    errors,
  });
  opened.push(() => sip.close());
  const media = await MediaClient.open({
    clock,
    log: log.child("media"),
    errors,
    startWorker: () => startMediaWorker({ board: board.id, choice: options.audio, model: model.id }),
  });
  opened.push(() => media.close());
  checkSoundFiles(options.audio, media);
  const music = join(options.data, "music");
  await followOwnSounds({ settings: config, media, log: log.child("media"), folder: music });
  await followTuning(config, media, `offhook@${address}`, log.child("media"));

  const nat = await openNat({
    clock,
    log: log.child("nat"),
    settings: config,
    sip,
    address,
    certificates,
    count: model.accounts,
  });
  opened.push(() => nat.close());

  const callLog = new CallLog(stores.callLog, log.child("call-log"));
  callLog.open();
  const phone = new Phone({
    clock,
    log: log.child("phone"),
    media,
    settings: config,
    callLog,
    userAgent: sip.userAgent,
    locator: sip.locator,
    resolverFor: sip.resolverFor,
    nat,
    recordings: recordingsIn(options.recordings),
    mac: stores.mac,
    address,
    name: "offhook",
    count: model.accounts,
    conferenceParties: model.conferenceParties,
    further,
    keep,
    errors,
  });
  const told = openActionUrls({
    ...{ phone, clock, certificates, userAgent, settings: config, resolver: sip.resolver },
    log: log.child("action-url"),
    facts: () => ({ mac: stores.mac, ip: sip.address, model: model.name, firmware }),
  });
  opened.push(told);
  opened.push(() => phone.close());
  phone.outward.orders.onOrder.on((order) => {
    if (order === "restart") end(restartStatus);
    else void rereadConfiguration(config, model, options.configs, log.child("config")).catch(errors);
  });
  connectMedia(media, phone, log.child("media"));
  config.onChange.on((names) => void phone.configured(names).catch(errors));
  const network = await openNetworkSetup({
    ...{ clock, settings: config, model, firmware, mac: stores.mac, data: options.data, reportFile: options.network },
    log: log.child("network"),
    changed: () => ui.refresh(),
    notice: (key, text) => phone.notice(key, text),
  });
  opened.push(() => network.close());
  const facts = () => ({ ip: sip.address, mac: stores.mac, firmware, more: [...network.rows, ...phone.quality.rows] });
  const folder = join(options.data, "flights");
  const flights = new Flights({ media, clock, folder, log: log.child("flights"), changed: () => ui.refresh() });
  flights.open();
  opened.push(() => flights.close());
  const menus = [flights.item(() => config.number("features.flight_recorder.mode") > 0)];
  const ui = openUserInterface({
    ...{ phone, panel, model, clock, log: log.child("ui"), config, facts, keep },
    further: menus,
  });
  opened.push(() => ui.close());
  opened.push(connectFront({ panel, phone, clock, settings: config, log: log.child("front") }));

  const pages = await openPanelServer(
    { panel, phone, ui, media, model, clock, flights, log: log.child("panel") },
    options.panel,
  );
  opened.push(() => pages?.close());
  const status = { phone, model: model.name, firmware };
  const web = options.web === undefined ? undefined : await openStatusServer(status, options.web);
  opened.push(() => web?.close());
  sip.onTrouble((what) => phone.notice("sip ports", what));
  if (stores.trouble !== undefined) phone.notice("data", "Changes are not kept");
  // Calls only once nothing can fail any more: a phone that ends at once must not ring before.
  phone.open();
  network.open();
  if (options.bind === undefined)
    opened.push(followNetwork({ clock, log: log.child("network"), settings: config, sip, nat, phone, find, errors }));
  const supervision = superviseMain({ clock, log: log.child("supervision"), media, ui, settings: config });
  opened.push(() => supervision.stopping());
  const ready = { event: "ready", panel: pages?.url ?? null, web: web?.url ?? null, sip: sip.listening };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  supervision.ready(`${model.name} on board ${board.id}, ${stores.mac}`);
  log.info({ sip: sip.listening }, `ready: ${model.name} on board ${board.id}`);
}

/** Ends calls and registrations, then everything else; a second signal does not wait. */
async function stop(status: number): Promise<never> {
  for (let close = opened.pop(); close !== undefined; close = opened.pop())
    await Promise.resolve(close()).catch(errors);
  process.exit(status);
}

function start(): void {
  if (asksForHelp(process.argv.slice(2))) {
    process.stdout.write(usage);
    return;
  }
  let options: Options;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n${usage}`);
    process.exit(2);
  }
  let stopping = false;
  const end = (status: number) => {
    if (stopping) return;
    stopping = true;
    void stop(status);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      if (stopping) process.exit(1);
      log.info({}, `${signal}: stopping`);
      end(0);
    });
  const fatal = (error: unknown) => {
    errors(error);
    if (stopping) process.exit(1);
    stopping = true;
    void stop(1);
  };
  process.on("uncaughtException", fatal);
  process.on("unhandledRejection", fatal);
  run(options, end).catch((error: unknown) => {
    log.error({}, reasonOf(error));
    stopping = true;
    void stop(1);
  });
}

start();
